using System.Text.Json;
using Xunit;

namespace Penstock.Testing.Tests.Mock;

public sealed class MockServerModernTests
{
    [Fact]
    public async Task Discover_OnDefaultServer_TellsAll()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectAsync(server);

        var result = (await client.AskAsync(RawClient.Modern(1, "server/discover"))).GetProperty("result");

        Assert.Equal("complete", result.GetProperty("resultType").GetString());
        Assert.Equal("2026-07-28", Assert.Single(result.GetProperty("supportedVersions").EnumerateArray()).GetString());
        Assert.Equal("public", result.GetProperty("cacheScope").GetString());
        Assert.True(result.GetProperty("ttlMs").GetInt32() > 0);
        Assert.Equal("penstock-mock", result.GetProperty("_meta").GetProperty("io.modelcontextprotocol/serverInfo").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Call_WithMetadata_IsAnsweredWithoutHandshake()
    {
        using var server = new LoopbackServer(new MockServerOptions { Era = ProtocolEra.Modern });
        await using var client = await RawClient.ConnectAsync(server);

        var answer = await client.AskAsync(RawClient.ModernCall(9007199254740991, "echo", """{"message":"x"}"""));

        Assert.Equal(
            """{"jsonrpc":"2.0","id":9007199254740991,"result":{"resultType":"complete","content":[{"type":"text","text":"x"}]}}""",
            answer.GetRawText());
    }

    /// <summary>Half of a surrogate pair is no text, and no reason to end.</summary>
    [Theory]
    [InlineData("""{"\ud800":1,"message":"x"}""", "x")]
    [InlineData("""{"\ud800":1}""", """{"\ud800":1}""")]
    public async Task Call_NameWithHalfACharacter_IsAnswered(string arguments, string text)
    {
        using var server = new LoopbackServer(new MockServerOptions { Era = ProtocolEra.Modern });
        await using var client = await RawClient.ConnectAsync(server);
        var answer = await client.AskAsync(RawClient.ModernCall(1, "echo", arguments));
        Assert.Equal(text, answer.GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task List_WithMetadata_HasTheCacheMembers()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectAsync(server);

        var result = (await client.AskAsync(RawClient.Modern(1, "tools/list"))).GetProperty("result");

        Assert.Equal("complete", result.GetProperty("resultType").GetString());
        Assert.Equal(4, result.GetProperty("tools").GetArrayLength());
        Assert.True(result.TryGetProperty("ttlMs", out _) && result.TryGetProperty("cacheScope", out _));
    }

    [Theory]
    [InlineData("""{}""", -32602)]
    [InlineData("""{"_meta":{}}""", -32602)]
    [InlineData("""{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}""", -32602)]
    [InlineData("""{"_meta":{"io.modelcontextprotocol/protocolVersion":"2027-01-01","io.modelcontextprotocol/clientCapabilities":{}}}""", -32022)]
    public async Task Request_WithWrongMetadata_IsRefused(string parameters, int code)
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectAsync(server);

        foreach (var method in new[] { "server/discover", "tools/list", "tools/call" })
        {
            Assert.Equal(code, RawClient.CodeOf(await client.AskAsync($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""")));
        }
    }

    [Fact]
    public async Task Request_WithUnsupportedVersion_IsToldWhichAre()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectAsync(server);

        var answer = await client.AskAsync(RawClient.Modern(1, "server/discover").Replace("2026-07-28", "2027-01-01", StringComparison.Ordinal));

        Assert.Equal("""{"supported":["2026-07-28"],"requested":"2027-01-01"}""", answer.GetProperty("error").GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData("initialize")]
    [InlineData("ping")]
    public async Task Method_OfTheLegacyEra_IsUnknownToAModernServer(string method)
    {
        using var server = new LoopbackServer(new MockServerOptions { Era = ProtocolEra.Modern });
        await using var client = await RawClient.ConnectAsync(server);

        Assert.Equal(-32601, RawClient.CodeOf(await client.AskAsync(RawClient.Modern(1, method))));
    }

    [Theory]
    [InlineData("""{"x":1}""", """{"resultType":"complete","x":1}""")]
    [InlineData("{\n}", """{"resultType":"complete"}""")]
    [InlineData("""{"resultType":"input_required","requestState":"s"}""", """{"resultType":"input_required","requestState":"s"}""")]
    public async Task OwnTool_WithRawResult_IsGivenTheResultType(string raw, string expected)
    {
        var options = new MockServerOptions().AddTool(
            new ToolDescription { Name = "own" },
            _ => MockToolResult.Raw(System.Text.Encoding.UTF8.GetBytes(raw)));
        using var server = new LoopbackServer(options);
        await using var client = await RawClient.ConnectAsync(server);

        var answer = await client.AskAsync(RawClient.ModernCall(1, "own", "{}"));

        Assert.Equal(expected, answer.GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task OwnTool_ThatThrowsOrRefuses_IsAnsweredAccordingly()
    {
        var options = new MockServerOptions()
            .AddTool(new ToolDescription { Name = "throws" }, _ => throw new InvalidOperationException("broken"))
            .AddTool(new ToolDescription { Name = "refuses" }, _ => MockToolResult.RpcError(-32099, "no"))
            .AddTool(new ToolDescription { Name = "sums" }, static a => MockToolResult.Structured(JsonSerializer.SerializeToUtf8Bytes(a.GetProperty("list").GetArrayLength())));
        using var server = new LoopbackServer(options);
        await using var client = await RawClient.ConnectAsync(server);

        Assert.Equal("broken", RawClient.TextOf(await client.AskAsync(RawClient.ModernCall(1, "throws", "{}"))));
        Assert.Equal(-32099, RawClient.CodeOf(await client.AskAsync(RawClient.ModernCall(2, "refuses", "{}"))));
        Assert.Equal("3", RawClient.TextOf(await client.AskAsync(RawClient.ModernCall(3, "sums", """{"list":[1,2,3]}"""))));
    }

    [Fact]
    public async Task OwnTool_ThatWaits_HoldsNobodyBackAndIsStoppedByCancellation()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = new TaskCompletionSource<MockToolResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new MockServerOptions()
            .AddTool(new ToolDescription { Name = "waits" }, async (arguments, stop) =>
            {
                if (!arguments.TryGetProperty("forever", out _))
                {
                    return await open.Task;
                }

                await using var registration = stop.Register(stopped.SetResult);
                await stopped.Task;
                return MockToolResult.Text("too late");
            });
        using var server = new LoopbackServer(options);
        await using var client = await RawClient.ConnectAsync(server);

        await client.WriteAsync(
            RawClient.ModernCall(1, "waits", "{}"),
            RawClient.ModernCall(2, "waits", """{"forever":true}"""),
            RawClient.ModernCall(3, "echo", "{}"),
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}""");
        Assert.Equal(3, (await client.ReadAsync()).GetProperty("id").GetInt32());
        await stopped.Task.WaitAsync(RawClient.Patience);
        open.SetResult(MockToolResult.Text("done"));

        Assert.Equal("done", RawClient.TextOf(await client.ReadAsync()));
        Assert.Equal(4, (await client.AskAsync(RawClient.ModernCall(4, "echo", "{}"))).GetProperty("id").GetInt32());
    }
}
