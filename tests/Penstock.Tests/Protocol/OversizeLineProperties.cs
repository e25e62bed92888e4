using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class OversizeLineProperties
{
    [Fact]
    public void Append_AnyCut_FindsWhatTheReaderFinds() => Seeds.Check(5000, static random =>
    {
        var line = Encoding.UTF8.GetBytes(new RandomJson(random).Message());
        if (!JsonRpcReader.TryRead(line, out var message))
        {
            return;
        }

        var seen = Watch(Seeds.Cut(random, line));
        Assert.Equal(message.HasId, seen.HasId);
        Assert.Equal(message.Id, seen.HasId ? seen.Id : 0);
        Assert.Equal(message.Kind is MessageKind.Request or MessageKind.Notification, seen.HasMethod);
    });

    [Fact]
    public void Append_MutatedLine_IsBlindToTheCut() => Seeds.Check(5000, static random =>
    {
        var make = new RandomJson(random);
        var line = make.Mutate(Encoding.UTF8.GetBytes(make.Message()));
        var whole = Watch([line]);
        var cut = Watch(Seeds.Cut(random, line));
        Assert.Equal((whole.HasId, whole.Id, whole.HasMethod), (cut.HasId, cut.Id, cut.HasMethod));
    });

    private static OversizeLine Watch(List<byte[]> pieces)
    {
        var seen = new OversizeLine();
        pieces.ForEach(piece => seen.Append(piece));
        return seen;
    }
}
