using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class JsonRpcReaderTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":{"content":[]}}""")]
    [InlineData("""{"result":{"content":[]},"jsonrpc":"2.0","id":7}""")]
    [InlineData("""{ "id" : 7 , "result" : {"content":[]} , "jsonrpc" : "2.0" } """)]
    [InlineData("""{"\u006asonrpc":"\u0032.0","\u0069d":7,"r\u0065sult":{"content":[]}}""")]
    [InlineData("""{"x":{"id":9,"result":1},"jsonrpc":"2.0","id":7,"result":{"content":[]},"y":"\"id\":8"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":{"content":[]},"error":null,"method":null}""")]
    public void TryRead_Result_InAnyShape(string line)
    {
        var message = Read(line);
        Assert.Equal(MessageKind.Result, message.Kind);
        Assert.True(message.HasId);
        Assert.Equal(7, message.Id);
        Assert.Equal("7", Text(line, message.RawId));
        Assert.Equal("""{"content":[]}""", Text(line, message.Result));
        Assert.Equal(ResultType.Complete, message.ResultType);
        Assert.False(message.IsError);
    }

    [Fact]
    public void TryRead_Error_GivesItsRange()
    {
        const string line = """{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"Method not found"}}""";
        var message = Read(line);
        Assert.Equal(MessageKind.Error, message.Kind);
        Assert.Equal("""{"code":-32601,"message":"Method not found"}""", Text(line, message.Error));
        Assert.True(message.Result.IsEmpty);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","error":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":null,"error":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":"7","error":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7.0,"error":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":18446744073709551616,"error":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"id":null,"error":{}}""")]
    public void TryRead_IdThatIsNoInteger_IsNoId(string line) => Assert.False(Read(line).HasId);

    [Fact]
    public void TryRead_ServerRequest_IsNeverAReply()
    {
        const string line = """{"jsonrpc":"2.0","id":7,"result":{},"method":"roots\/list","params":{"a":1}}""";
        var message = Read(line);
        Assert.Equal(MessageKind.Request, message.Kind);
        Assert.Equal("7", Text(line, message.RawId));
        Assert.Equal("roots\\/list", Text(line, message.Method));
        Assert.True(JsonText.Matches(message.Method.Of(Encoding.UTF8.GetBytes(line)), "roots/list"u8));
    }

    [Fact]
    public void TryRead_RequestWithTextId_KeepsItAsWritten()
    {
        const string line = """{"jsonrpc":"2.0","id":"a\u0062","method":"ping"}""";
        var message = Read(line);
        Assert.Equal(MessageKind.Request, message.Kind);
        Assert.False(message.HasId);
        Assert.Equal("\"a\\u0062\"", Text(line, message.RawId));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/message"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"notifications/message"}""")]
    public void TryRead_MethodWithoutId_IsANotification(string line) => Assert.Equal(MessageKind.Notification, Read(line).Kind);

    [Theory]
    [InlineData("{}", nameof(ResultType.Complete))]
    [InlineData("""{"resultType":"complete"}""", nameof(ResultType.Complete))]
    [InlineData("""{"resultType":"compl\u0065te"}""", nameof(ResultType.Complete))]
    [InlineData("""{"result\u0054ype":"input_required"}""", nameof(ResultType.InputRequired))]
    [InlineData("""{"x":{"resultType":"other"},"resultType":"task"}""", nameof(ResultType.Task))]
    [InlineData("""{"resultType":"task","resultType":"complete"}""", nameof(ResultType.Complete))]
    [InlineData("""{"resultType":"other"}""", nameof(ResultType.Unknown))]
    [InlineData("""{"resultType":null}""", nameof(ResultType.Unknown))]
    [InlineData("null", nameof(ResultType.Unknown))]
    [InlineData("[]", nameof(ResultType.Unknown))]
    [InlineData("\"done\"", nameof(ResultType.Unknown))]
    public void TryRead_ResultType_IsReadAtItsOwnDepth(string result, string expected) =>
        Assert.Equal(expected, Read($$"""{"jsonrpc":"2.0","id":1,"result":{{result}}}""").ResultType.ToString());

    [Theory]
    [InlineData("""{"isError":true}""", true)]
    [InlineData("""{"is\u0045rror":true}""", true)]
    [InlineData("""{"isError":false}""", false)]
    [InlineData("""{"isError":true,"isError":false}""", false)]
    [InlineData("""{"isError":"true"}""", false)]
    [InlineData("""{"structuredContent":{"isError":true}}""", false)]
    [InlineData("""{"content":[{"type":"text","text":"\"isError\":true"}]}""", false)]
    public void TryRead_IsError_IsReadAtItsOwnDepth(string result, bool expected) =>
        Assert.Equal(expected, Read($$"""{"result":{{result}},"jsonrpc":"2.0","id":1}""").IsError);

    [Fact]
    public void TryRead_ResultTwice_ForgetsTheFirst()
    {
        const string line = """{"jsonrpc":"2.0","id":1,"result":{"isError":true,"resultType":"task"},"result":{"a":1}}""";
        var message = Read(line);
        Assert.False(message.IsError);
        Assert.Equal(ResultType.Complete, message.ResultType);
        Assert.Equal("""{"a":1}""", Text(line, message.Result));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Server listening on stdio")]
    [InlineData("{}")]
    [InlineData("""{"jsonrpc":"2.0","id":1}""")]
    [InlineData("""{"id":1,"result":{}}""")]
    [InlineData("""{"jsonrpc":"1.0","id":1,"result":{}}""")]
    [InlineData("""{"jsonrpc":2.0,"id":1,"result":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":5}""")]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"result":{}}]""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"a":01}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"a":1,}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":01,"result":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{},}""")]
    public void TryRead_WhatIsNoMessage_IsRefused(string line) => Assert.False(JsonRpcReader.TryRead(Encoding.UTF8.GetBytes(line), out _));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void TryRead_DeepResult_CountsTheMessageItself(int depth, bool expected)
    {
        var result = "{\"a\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}";
        Assert.Equal(expected, JsonRpcReader.TryRead(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":1,"result":{{result}}}"""), out _));
    }

    [Theory]
    [InlineData("""{"code":-32602,"message":"Unknown \"tool\""}""", true, -32602, "Unknown \\\"tool\\\"")]
    [InlineData("""{"message":"m","data":{"code":1},"\u0063ode":5}""", true, 5, "m")]
    [InlineData("""{"code":5}""", true, 5, "")]
    [InlineData("""{"code":5,"message":null}""", true, 5, "")]
    [InlineData("""{"code":"5","message":"m"}""", false, 0, "m")]
    [InlineData("""{"code":1.5}""", false, 0, "")]
    [InlineData("""{"message":"m"}""", false, 0, "m")]
    [InlineData("null", false, 0, "")]
    public void TryReadError_Error_NeedsAnIntegerCode(string error, bool expected, long expectedCode, string expectedMessage)
    {
        Assert.Equal(expected, JsonRpcReader.TryReadError(Encoding.UTF8.GetBytes(error), out var code, out var message));
        Assert.Equal(expectedCode, code);
        Assert.Equal(expectedMessage, Text(error, message));
    }

    private static JsonRpcMessage Read(string line)
    {
        Assert.True(JsonRpcReader.TryRead(Encoding.UTF8.GetBytes(line), out var message));
        return message;
    }

    private static string Text(string line, ByteRange range) => Encoding.UTF8.GetString(range.Of(Encoding.UTF8.GetBytes(line)));
}
