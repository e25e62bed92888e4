using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

/// <summary>One row per line of the protocol's error table.</summary>
public sealed class FaultRulesTests
{
    [Theory]
    [InlineData(-32700, FaultType.Protocol, Executed.No, false)]
    [InlineData(-32600, FaultType.Protocol, Executed.No, false)]
    [InlineData(-32601, FaultType.Protocol, Executed.No, false)]
    [InlineData(-32602, FaultType.InvalidParams, Executed.No, false)]
    [InlineData(-32603, FaultType.Unavailable, Executed.Maybe, true)]
    [InlineData(-32020, FaultType.Protocol, Executed.No, false)]
    [InlineData(-32021, FaultType.Protocol, Executed.No, false)]
    [InlineData(-32022, FaultType.Protocol, Executed.No, false)]
    [InlineData(-32042, FaultType.Protocol, Executed.No, false)]
    [InlineData(-32002, FaultType.Protocol, Executed.No, false)]
    [InlineData(-32000, FaultType.Unavailable, Executed.Maybe, true)]
    [InlineData(-32001, FaultType.Unavailable, Executed.Maybe, true)]
    [InlineData(-32019, FaultType.Unavailable, Executed.Maybe, true)]
    [InlineData(-32800, FaultType.Timeout, Executed.Maybe, false)]
    [InlineData(-31999, FaultType.ToolError, Executed.Maybe, false)]
    [InlineData(-32023, FaultType.ToolError, Executed.Maybe, false)]
    [InlineData(0, FaultType.ToolError, Executed.Maybe, false)]
    [InlineData(404, FaultType.ToolError, Executed.Maybe, false)]
    [InlineData(long.MinValue, FaultType.ToolError, Executed.Maybe, false)]
    public void FromErrorCode_Code_IsJudged(long code, FaultType type, Executed executed, bool retryable)
    {
        var expected = CallFault.Peer(type, executed, retryable);
        Assert.Equal(expected, FaultRules.FromErrorCode(code));
        Assert.Equal(expected, FromLine($$$"""{"jsonrpc":"2.0","id":1,"error":{"code":{{{code}}},"message":"m"}}"""));
    }

    [Theory]
    [InlineData("It broke", FaultType.ToolError, Executed.Yes, false)]
    [InlineData("", FaultType.ToolError, Executed.Yes, false)]
    [InlineData("MCP error -32602: Tool x not found", FaultType.InvalidParams, Executed.No, false)]
    [InlineData("MCP error -32602", FaultType.InvalidParams, Executed.No, false)]
    [InlineData("MCP error \\u002d32602: escaped", FaultType.InvalidParams, Executed.No, false)]
    [InlineData("Input validation error: Invalid arguments for tool x", FaultType.InvalidParams, Executed.No, false)]
    [InlineData("MCP error -32601: requires task augmentation", FaultType.Protocol, Executed.No, false)]
    [InlineData("MCP error -32603: boom", FaultType.Unavailable, Executed.Maybe, true)]
    [InlineData("MCP error -32042: go there", FaultType.Protocol, Executed.No, false)]
    [InlineData("MCP error -32001: Request timed out", FaultType.Unavailable, Executed.Maybe, true)]
    [InlineData("MCP error -326021: no such code", FaultType.ToolError, Executed.Yes, false)]
    [InlineData("MCP error -3260", FaultType.ToolError, Executed.Yes, false)]
    [InlineData("MCP error 404", FaultType.ToolError, Executed.Yes, false)]
    [InlineData("The MCP error -32602 is mentioned", FaultType.ToolError, Executed.Yes, false)]
    public void FromToolError_Text_IsJudgedByItsFirstWords(string text, FaultType type, Executed executed, bool retryable)
    {
        var expected = CallFault.Peer(type, executed, retryable);
        var result = $$$"""{"content":[{"type":"image","text":"MCP error -32700"},{"text":"{{{text}}}","type":"text"},{"type":"text","text":"MCP error -32600"}],"isError":true}""";
        Assert.Equal(expected, FaultRules.FromToolError(Encoding.UTF8.GetBytes(result)));
        Assert.Equal(expected, FromLine($$"""{"result":{{result}},"jsonrpc":"2.0","id":1}"""));
    }

    [Theory]
    [InlineData("""{"isError":true}""")]
    [InlineData("""{"content":[],"isError":true}""")]
    [InlineData("""{"content":"MCP error -32602","isError":true}""")]
    [InlineData("""{"content":["MCP error -32602",{"type":"text","text":5}],"isError":true}""")]
    [InlineData("""{"structuredContent":{"content":[{"type":"text","text":"MCP error -32602"}]},"isError":true}""")]
    public void FromToolError_NoText_IsAToolError(string result) =>
        Assert.Equal(CallFault.Peer(FaultType.ToolError, Executed.Yes), FaultRules.FromToolError(Encoding.UTF8.GetBytes(result)));

    [Theory]
    [InlineData("""{"resultType":"input_required","requestState":"s"}""")]
    [InlineData("""{"resultType":"task","taskId":"t"}""")]
    [InlineData("""{"resultType":"new"}""")]
    [InlineData("null")]
    public void FromReply_UnusableResult_IsAProtocolFaultOfUnknownEffect(string result) =>
        Assert.Equal(CallFault.Local(FaultType.Protocol, Executed.Maybe), FromLine($$"""{"jsonrpc":"2.0","id":1,"result":{{result}}}"""));

    [Theory]
    [InlineData("null")]
    [InlineData("{\"code\":\"x\"}")]
    public void FromReply_MalformedError_IsAProtocolFault(string error) =>
        Assert.Equal(CallFault.Local(FaultType.Protocol, Executed.Maybe), FromLine($$"""{"jsonrpc":"2.0","id":1,"error":{{error}}}"""));

    [Fact]
    public void FromReply_ResultThatIsNoUtf8_NeverReachesARecord()
    {
        byte[] line = [.. "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":\""u8, 0xE9, .. "\"}}"u8];
        Assert.True(JsonRpcReader.TryRead(line, out var reply));
        Assert.Equal(FaultRules.UnusableReply, FaultRules.FromReply(line, reply));
    }

    [Fact]
    public void FromReply_Result_IsSuccess() => Assert.Equal(default, FromLine("""{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":false}}"""));

    [Fact]
    public void FromReply_EveryReply_AllocatesNothing()
    {
        var line = """{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"MCP error -32602: x"}],"isError":true}}"""u8.ToArray();
        Assert.Equal(0, Allocated.InQuietestRound(() => Judge(line, 1000)));
    }

    private static void Judge(byte[] line, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _ = JsonRpcReader.TryRead(line, out var reply);
            _ = FaultRules.FromReply(line, reply);
        }
    }

    private static CallFault FromLine(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        Assert.True(JsonRpcReader.TryRead(bytes, out var reply));
        return FaultRules.FromReply(bytes, reply);
    }
}
