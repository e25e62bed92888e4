using System.Text;
using System.Text.Json;
using Penstock.Jobs.Bytes;
using Penstock.Jobs.Records;
using Penstock.Jobs.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Records;

/// <summary>The bytes of records, read back with the framework's reader.</summary>
public sealed class RecordFormatTests
{
    [Fact]
    public void AppendResponse_Success_KeepsTheResultByteForByte()
    {
        var record = Response("""{"content":[{"type":"text","text":"ø\u00e9\/\""}],"x":1.50}""", "\"row-17\"", 11.24);
        Assert.Equal(
            """{"custom_id":"row-17","response":{"server":"geo","result":{"content":[{"type":"text","text":"ø\u00e9\/\""}],"x":1.50}},"error":null,"meta":{"row":16,"attempts":1,"ms":11.2}}""",
            record);
    }

    [Fact]
    public void AppendResponse_LineBreaksBetweenTokens_BecomeSpaces() =>
        Assert.Contains("\"result\":{  \"a\": 1 }", Response("{\r\n\"a\":\n1\r}", "", 0), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "\"row-16\"")]
    [InlineData("7", "7")]
    [InlineData("\"a\\\"b\"", "\"a\\\"b\"")]
    public void AppendResponse_Id_IsTheRowsOrItsNumber(string id, string expected) =>
        Assert.StartsWith($"{{\"custom_id\":{expected},", Response("{}", id, 0), StringComparison.Ordinal);

    [Theory]
    [InlineData(0, "0.0")]
    [InlineData(0.04, "0.0")]
    [InlineData(0.05, "0.1")]
    [InlineData(9.95, "10.0")]
    [InlineData(30012.44, "30012.4")]
    public void AppendResponse_Time_IsRoundedToTenths(double ms, string expected) =>
        Assert.EndsWith($"\"ms\":{expected}}}}}", Response("{}", "", ms), StringComparison.Ordinal);

    [Fact]
    public void AppendError_LocalFault_HasMessageAndRequest()
    {
        var record = Error(new CallFault(FaultType.Timeout, Executed.Maybe, FaultOrigin.Local, retryable: true), "no answer \"in\" time", """{"q":"Bergen"}""", 2000);
        Assert.Equal(
            """{"custom_id":"r","response":null,"error":{"type":"timeout","executed":"maybe","origin":"local","retryable":true,"message":"no answer \"in\" time"},"request":{"custom_id":"r","tool":"geo/geocode","arguments":{"q":"Bergen"},"timeout_ms":2000},"meta":{"row":16,"attempts":2,"ms":1.0}}""",
            record);
    }

    [Fact]
    public void AppendError_NoArguments_IsAnEmptyObject() =>
        Assert.Contains("\"arguments\":{}},", Error(new CallFault(FaultType.Connection, Executed.No, FaultOrigin.Local, true), "x", "", 0), StringComparison.Ordinal);

    [Fact]
    public void AppendError_ToolError_KeepsTheResult()
    {
        var error = Parse(Error(
            new CallFault(FaultType.ToolError, Executed.Yes, FaultOrigin.Peer, false), """{"content":[{"type":"text","text":"no such street"}],"isError":true}""", "{}", 0)).GetProperty("error");
        Assert.Equal("tool_error", error.GetProperty("type").GetString());
        Assert.Equal("no such street", error.GetProperty("message").GetString());
        Assert.True(error.GetProperty("result").GetProperty("isError").GetBoolean());
        Assert.False(error.TryGetProperty("code", out _));
    }

    [Fact]
    public void AppendError_RpcError_HasItsCode()
    {
        var error = Parse(Error(
            new CallFault(FaultType.InvalidParams, Executed.No, FaultOrigin.Peer, false), """{"code":-32602,"message":"bad q","data":{"code":1}}""", "{}", 0)).GetProperty("error");
        Assert.Equal((-32602, "bad q"), (error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString()));
        Assert.False(error.TryGetProperty("result", out _));
    }

    [Fact]
    public void AppendError_FedBack_IsTheSameCall()
    {
        var record = Error(new CallFault(FaultType.ServerExited, Executed.Maybe, FaultOrigin.Local, false), "gone", """{"q":"ø"}""", 7);
        using var toCall = new LineToCall();
        Assert.Null(toCall.Make(0, Encoding.UTF8.GetBytes(record), out var call));
        Assert.Equal(("geo/geocode", """{"q":"ø"}""", 7), (call.Tool, Encoding.UTF8.GetString(call.Arguments.Span), new RowTag(call.Tag.Span).TimeoutMs));
        Assert.Equal("\"r\"", Encoding.UTF8.GetString(toCall.Id));
    }

    [Fact]
    public void AppendBadRow_Row_HasItsRawInputAndNoRequest()
    {
        using var into = new ByteBuffer(64);
        RecordFormat.AppendBadRow(into, 18, default, "{\"a\": \"ø\t"u8, "it is broken");
        var record = Parse(Encoding.UTF8.GetString(into.Span));
        Assert.Equal("row-18", record.GetProperty("custom_id").GetString());
        Assert.Equal(JsonValueKind.Null, record.GetProperty("request").ValueKind);
        Assert.Equal("{\"a\": \"ø\t", record.GetProperty("input").GetString());
        Assert.Equal(("invalid_params", "no", "local"), Fault(record));
    }

    [Theory]
    [InlineData("""{"content":[]}""", true, null)]
    [InlineData("""{"code":-1,"message":"x"}""", false, -1L)]
    [InlineData("""{"code":-1,"isError":true}""", true, null)]
    [InlineData("""{"x":{"code":5}}""", true, null)]
    [InlineData("""{"code":"5"}""", true, null)]
    [InlineData("[]", false, null)]
    [InlineData("{\"content\":", false, null)]
    [InlineData("{} x", false, null)]
    [InlineData("", false, null)]
    [InlineData("""{"\ud800":1,"\ud800code":2,"isError":true}""", true, null)]
    [InlineData("""{"\udc00":1,"code":-32603,"message":"no"}""", false, -32603L)]
    public void Read_Answer_IsResultOrErrorOrNeither(string content, bool isResult, long? code) =>
        Assert.Equal(new PeerAnswer(isResult, code), PeerAnswer.Read(Encoding.UTF8.GetBytes(content)));

    internal static ToolResult Result(CallFault fault, byte[] content, byte[] id, byte[] arguments, int timeoutMs, int attempts, TimeSpan elapsed, string tool = "geo/geocode")
    {
        var tag = new byte[RowTag.HeadLength + id.Length];
        RowTag.WriteHead(tag, 16, timeoutMs, id.Length);
        id.CopyTo(tag, RowTag.HeadLength);
        return new ToolResult(0, tool, fault, content, tag, arguments, attempts, elapsed, elapsed);
    }

    private static string Response(string result, string id, double ms)
    {
        using var into = new ByteBuffer(64);
        RecordFormat.AppendResponse(
            into, Result(default, Encoding.UTF8.GetBytes(result), Encoding.UTF8.GetBytes(id), [], 0, 1, TimeSpan.FromMicroseconds(ms * 1000)), new ToolEntries(new JobTally()).Get("geo/geocode"));
        return Encoding.UTF8.GetString(into.Span);
    }

    private static string Error(CallFault fault, string content, string arguments, int timeoutMs)
    {
        using var into = new ByteBuffer(64);
        var result = Result(fault, Encoding.UTF8.GetBytes(content), "\"r\""u8.ToArray(), Encoding.UTF8.GetBytes(arguments), timeoutMs, 2, TimeSpan.FromMilliseconds(1));
        var answer = result.IsContentJson ? PeerAnswer.Read(result.Content.Span) : default;
        RecordFormat.AppendError(into, result, new ToolEntries(new JobTally()).Get("geo/geocode"), answer, result.GetText(), result.Content.Span);
        return Encoding.UTF8.GetString(into.Span);
    }

    private static JsonElement Parse(string record) => JsonDocument.Parse(record).RootElement;

    private static (string?, string?, string?) Fault(JsonElement record)
    {
        var error = record.GetProperty("error");
        return (error.GetProperty("type").GetString(), error.GetProperty("executed").GetString(), error.GetProperty("origin").GetString());
    }
}
