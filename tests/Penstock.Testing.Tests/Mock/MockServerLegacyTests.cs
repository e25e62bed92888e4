using System.Text.Json;
using Xunit;

namespace Penstock.Testing.Tests.Mock;

public sealed class MockServerLegacyTests
{
    [Theory]
    [InlineData("2024-11-05", "2024-11-05")]
    [InlineData("2025-06-18", "2025-06-18")]
    [InlineData("2026-07-28", "2025-11-25")]
    public async Task Initialize_WithVersion_AnswersIt(string asked, string expected)
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectAsync(server);

        var answer = await client.AskAsync(
            $$$"""{"method":"initialize","params":{"capabilities":{},"protocolVersion":"{{{asked}}}","clientInfo":{"name":"x","version":"1"}},"id":0,"jsonrpc":"2.0"}""");

        var result = answer.GetProperty("result");
        Assert.Equal(0, answer.GetProperty("id").GetInt32());
        Assert.Equal(expected, result.GetProperty("protocolVersion").GetString());
        Assert.Equal("penstock-mock", result.GetProperty("serverInfo").GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Object, result.GetProperty("capabilities").GetProperty("tools").ValueKind);
    }

    [Fact]
    public async Task Discover_OnLegacyServer_IsAnUnknownMethod()
    {
        using var server = new LoopbackServer(new MockServerOptions { Era = ProtocolEra.Legacy });
        await using var client = await RawClient.ConnectAsync(server);

        Assert.Equal(-32601, RawClient.CodeOf(await client.AskAsync(RawClient.Modern(1, "server/discover"))));
    }

    [Fact]
    public async Task Call_BeforeInitialize_IsRefused()
    {
        using var server = new LoopbackServer(new MockServerOptions { Era = ProtocolEra.Legacy });
        await using var client = await RawClient.ConnectAsync(server);

        Assert.Equal(-32602, RawClient.CodeOf(await client.AskAsync(RawClient.Call(1, "echo", "{}"))));
        Assert.Equal(0, server.CallsExecuted);
    }

    [Fact]
    public async Task Ping_BeforeInitialize_IsAnswered()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectAsync(server);

        var answer = await client.AskAsync("""{"jsonrpc":"2.0","id":"p","method":"ping"}""");

        Assert.Equal("""{"jsonrpc":"2.0","id":"p","result":{}}""", answer.GetRawText());
    }

    [Fact]
    public async Task List_WithPages_GivesEveryToolOnce()
    {
        using var server = new LoopbackServer(new MockServerOptions { PageSize = 3 });
        await using var client = await RawClient.ConnectLegacyAsync(server);

        var first = (await client.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""")).GetProperty("result");
        var cursor = first.GetProperty("nextCursor").GetString();
        var second = (await client.AskAsync($$$"""{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"{{{cursor}}}"}}""")).GetProperty("result");

        Assert.Equal(["echo", "add", "sleep"], first.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("name").GetString()));
        Assert.Equal("fail", second.GetProperty("tools")[0].GetProperty("name").GetString());
        Assert.False(second.TryGetProperty("nextCursor", out _));
        Assert.True(first.GetProperty("tools")[0].GetProperty("annotations").GetProperty("readOnlyHint").GetBoolean());
        Assert.False(first.TryGetProperty("resultType", out _));
    }

    [Fact]
    public async Task List_WithForeignCursor_IsRefused()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectLegacyAsync(server);

        Assert.Equal(-32602, RawClient.CodeOf(await client.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"?"}}""")));
    }

    [Theory]
    [InlineData("""{"message":"hi"}""", "hi")]
    [InlineData("""{"other":[{"message":1}],"text":"a \"q\" \\ \u00e9 \n ü 😀"}""", "a \"q\" \\ é \n ü 😀")]
    [InlineData("""{"message":7,"b":"\\ \" x"}""", """{"message":7,"b":"\\ \" x"}""")]
    [InlineData("{}", "{}")]
    public async Task Echo_WithArguments_GivesThemBack(string arguments, string expected)
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectLegacyAsync(server);

        Assert.Equal(expected, RawClient.TextOf(await client.AskAsync(RawClient.Call(7, "echo", arguments))));
    }

    [Theory]
    [InlineData("""{"a":2,"b":3}""", "5")]
    [InlineData("""{"b":-3,"a":0.5}""", "-2.5")]
    [InlineData("""{"a":9223372036854775807,"b":1}""", "9.223372036854776E+18")]
    public async Task Add_OfTwoNumbers_GivesTheSumTwice(string arguments, string expected)
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectLegacyAsync(server);

        var answer = await client.AskAsync(RawClient.Call(7, "add", arguments));

        Assert.Equal(expected, RawClient.TextOf(answer));
        Assert.Equal(expected, answer.GetProperty("result").GetProperty("structuredContent").GetProperty("sum").GetRawText());
    }

    [Theory]
    [InlineData("add", """{"a":"2","b":3}""", "Input validation error")]
    [InlineData("sleep", """{"ms":-1}""", "Input validation error")]
    [InlineData("fail", """{"kind":"?"}""", "Input validation error")]
    [InlineData("fail", """{"message":"boom"}""", "boom")]
    public async Task Call_ThatFails_IsAnErrorResult(string tool, string arguments, string expected)
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectLegacyAsync(server);

        var answer = await client.AskAsync(RawClient.Call(7, tool, arguments));

        Assert.StartsWith(expected, RawClient.TextOf(answer), StringComparison.Ordinal);
        Assert.True(answer.GetProperty("result").GetProperty("isError").GetBoolean());
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none"}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":[1]}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"resources/list"}""", -32601)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"fail","arguments":{"kind":"rpc","code":-32042}}}""", -32042)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"ping"}""", -32600)]
    [InlineData("""{"id":1,"method":"ping"}""", -32600)]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"ping"}]""", -32600)]
    [InlineData("not json", -32700)]
    public async Task Request_ThatIsWrong_IsAnsweredByItsCode(string line, int code)
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectLegacyAsync(server);

        Assert.Equal(code, RawClient.CodeOf(await client.AskAsync(line)));
    }

    [Fact]
    public async Task Fail_ByExit_EndsTheConnectionWithLastWords()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectLegacyAsync(server);

        await client.WriteAsync(RawClient.Call(1, "echo", """{"message":"first"}"""), RawClient.Call(2, "fail", """{"kind":"exit","message":"bye"}"""));

        Assert.Equal("first", RawClient.TextOf(await client.ReadAsync()));
        Assert.Null(await client.ReadLineAsync());
        Assert.Equal(new StreamEnd(true, "exited with code 1: bye"), client.Stream.End);
    }

    [Fact]
    public async Task Fail_BySilenceAndGarbage_LeavesTheConnectionUsable()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectLegacyAsync(server);

        await client.WriteAsync(RawClient.Call(1, "fail", """{"kind":"hang"}"""), RawClient.Call(2, "fail", """{"kind":"garbage"}"""), RawClient.Call(3, "echo", "{}"));

        var garbage = await client.ReadLineAsync();
        Assert.ThrowsAny<JsonException>(() => JsonElement.Parse(garbage!));
        Assert.Equal(3, (await client.ReadAsync()).GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task Line_WithCarriageReturnOrEmpty_IsRead()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectLegacyAsync(server);

        await client.WriteAsync("", "\r", RawClient.Call(1, "echo", "{}") + "\r");

        Assert.Equal(1, (await client.ReadAsync()).GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task Line_LongerThanTheLimit_EndsTheServer()
    {
        using var server = new LoopbackServer(new MockServerOptions { MaxLineBytes = 1 << 16 });
        await using var client = await RawClient.ConnectLegacyAsync(server);

        await client.WriteAsync(RawClient.Call(1, "echo", $$"""{"message":"{{new string('x', 1 << 17)}}"}"""));

        Assert.Null(await client.ReadLineAsync());
        Assert.True(client.Stream.End!.IsProcessExit);
    }

    [Fact]
    public async Task Line_OfSeveralMegabytes_ComesBackWhole()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectLegacyAsync(server);
        var text = new string('x', 4 << 20);

        var writing = client.WriteAsync(RawClient.Call(1, "echo", $$"""{"message":"{{text}}"}"""));

        Assert.Equal(text, RawClient.TextOf(await client.ReadAsync()));
        await writing;
    }

    [Fact]
    public async Task Answer_WithIdLast_IsOrderedAsTypeScriptServersDo()
    {
        using var server = new LoopbackServer(new MockServerOptions { IsIdLast = true });
        await using var client = await RawClient.ConnectLegacyAsync(server);

        var answer = await client.AskAsync(RawClient.Call(7, "echo", """{"message":"x"}"""));

        Assert.Equal("""{"result":{"content":[{"type":"text","text":"x"}]},"jsonrpc":"2.0","id":7}""", answer.GetRawText());
    }

    [Fact]
    public async Task Send_OfRequest_ReachesTheClientAndCountsItsAnswer()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectLegacyAsync(server);

        server.Mock.Send("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        Assert.Equal("ping", (await client.ReadAsync()).GetProperty("method").GetString());
        await client.WriteAsync("""{"jsonrpc":"2.0","id":1,"result":{}}""");

        await server.Mock.WaitForAnswersAsync(1).WaitAsync(RawClient.Patience);
    }
}
