using System.Text;
using System.Text.Json;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class JsonRpcReaderProperties
{
    [Fact]
    public void TryRead_Messages_AgreesWithSystemTextJson() => Seeds.Check(10_000, static random =>
    {
        var line = Encoding.UTF8.GetBytes(new RandomJson(random).Message());
        using var document = JsonDocument.Parse(line);
        AssertAgrees(document.RootElement, line);
    });

    [Fact]
    public void TryRead_MutatedMessages_AreReadOnlyIfWellFormed() => Seeds.Check(10_000, static random =>
    {
        var make = new RandomJson(random);
        var line = make.Mutate(Encoding.UTF8.GetBytes(make.Message()));
        if (JsonRpcReader.TryRead(line, out var message))
        {
            using var document = JsonDocument.Parse(line);
            FaultRules.FromReply(line, message);
        }

        JsonRpcReader.TryReadError(line, out _, out _);
        FaultRules.FromToolError(line);
    });

    [Fact]
    public void TryRead_Garbage_NeverThrows() => Seeds.Check(5000, static random =>
    {
        var line = new byte[random.Next(60)];
        random.NextBytes(line);
        if (random.Next(2) == 0 && line.Length > 0)
        {
            line[0] = (byte)'{';
        }

        Assert.False(JsonRpcReader.TryRead(line, out _));
        JsonRpcReader.TryReadError(line, out _, out _);
        FaultRules.FromToolError(line);
    });

    private static void AssertAgrees(JsonElement root, byte[] line)
    {
        var hasMethod = Find(root, "method") is { ValueKind: JsonValueKind.String };
        var result = Find(root, "result");
        var error = Find(root, "error");
        var isMessage = Find(root, "jsonrpc") is { ValueKind: JsonValueKind.String } version && version.GetString() == "2.0"
            && (hasMethod || (Find(root, "method") is null or { ValueKind: JsonValueKind.Null } && (result is not null || error is not null)));
        Assert.Equal(isMessage, JsonRpcReader.TryRead(line, out var message));
        if (!isMessage)
        {
            return;
        }

        var id = Find(root, "id");
        var isError = error is { ValueKind: not JsonValueKind.Null } || result is null;
        var kind = hasMethod
            ? id is { ValueKind: not JsonValueKind.Null } ? MessageKind.Request : MessageKind.Notification
            : isError ? MessageKind.Error : MessageKind.Result;
        Assert.Equal(kind, message.Kind);

        AssertRange(id, message.RawId, line);
        AssertRange(result, message.Result, line);
        AssertRange(error, message.Error, line);
        Assert.Equal(hasMethod ? root.GetProperty("method").GetRawText()[1..^1] : "", Encoding.UTF8.GetString(message.Method.Of(line)));

        long number = 0;
        Assert.Equal(id is { ValueKind: JsonValueKind.Number } && id.Value.TryGetInt64(out number), message.HasId);
        Assert.Equal(message.HasId ? number : 0, message.Id);
        if (result is { ValueKind: JsonValueKind.Object } body)
        {
            Assert.Equal(Find(body, "isError") is { ValueKind: JsonValueKind.True }, message.IsError);
            Assert.Equal(TypeOf(Find(body, "resultType")), message.ResultType);
        }
    }

    private static ResultType TypeOf(JsonElement? type) => type switch
    {
        null => ResultType.Complete,
        { ValueKind: not JsonValueKind.String } => ResultType.Unknown,
        _ => type.Value.GetString() switch
        {
            "complete" => ResultType.Complete,
            "input_required" => ResultType.InputRequired,
            "task" => ResultType.Task,
            _ => ResultType.Unknown,
        },
    };

    private static JsonElement? Find(JsonElement root, string name) => root.TryGetProperty(name, out var member) ? member : null;

    private static void AssertRange(JsonElement? expected, ByteRange range, byte[] line) =>
        Assert.Equal(expected?.GetRawText() ?? "", Encoding.UTF8.GetString(range.Of(line)));
}
