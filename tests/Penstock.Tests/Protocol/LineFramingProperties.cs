using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class LineFramingProperties
{
    [Fact]
    public void Read_AnyCut_GivesTheSameLines() => Seeds.Check(3000, static random =>
    {
        var make = new RandomJson(random);
        var stream = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ =>
            make.Pick(["", "", make.Space(), "{\"a\":1}", make.Message(), make.Message()]) + make.Pick(["\n", "\n", "\r\n", "\n\n"])));
        var bytes = Encoding.UTF8.GetBytes(stream + make.Pick(["", "{\"torn\":"]));
        var limit = make.Pick([10, 60, 100_000]);

        var whole = LineFramingTests.Frame(limit, [bytes]);
        Assert.Equal(whole, LineFramingTests.Frame(limit, Seeds.Cut(random, bytes)));
        if (limit == 100_000)
        {
            var model = Encoding.UTF8.GetString(bytes).Split('\n')
                .Select(static line => line.EndsWith('\r') ? line[..^1] : line)
                .Where(static line => line.Trim(' ', '\t', '\r').Length > 0);
            Assert.Equal(model, whole);
        }
    });
}
