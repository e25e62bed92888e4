using System.Text;
using System.Text.Json;
using Penstock.Testing;
using Penstock.Tests.Connections.Stdio;
using Penstock.Tests.Servers;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>Arguments that the tool's schema refuses do not reach the server.</summary>
public sealed class SchemaTests
{
    private const string OneArgument = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallAsync_ArgumentsThatDoNotFit_EndAsSchemaInvalidUnsent(bool isVouchedFor)
    {
        using var server = Server();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        await pipeline.StartAsync();

        var result = await pipeline.CallAsync(new ToolCall("s/find", "{\"city\":7}"u8.ToArray()) { IsValidated = isVouchedFor }).AsTask().WaitAsync(Fleets.Hang);

        Assert.Equal((FaultType.SchemaInvalid, Executed.No, FaultOrigin.Local), (result.Fault.Type, result.Fault.Executed, result.Fault.Origin));
        Assert.Equal("/city must be string, is integer", result.GetText());
        Assert.Equal("/city is required by the tool's schema", (await pipeline.CallAsync("s/find")).GetText());
        Assert.True((await pipeline.CallAsync("s/find", "{\"city\":\"Oslo\"}")).IsSuccess);
        Assert.Equal(1, server.CallsReceived);
    }

    [Fact]
    public async Task CallAsync_NotValidating_TheServerDecides()
    {
        using var server = Server();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server, static s => s.ValidateArguments = false).Build();
        await pipeline.StartAsync();
        Assert.True((await pipeline.CallAsync("s/find", "{\"city\":7}")).IsSuccess);
    }

    /// <summary>What a stage adds counts, and what it breaks does too.</summary>
    [Fact]
    public async Task AddStage_Rewrite_IsCheckedAsTheStageLeavesIt()
    {
        using var server = Server();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server)
            .AddStage("city", static batch => batch.Rewrite(0, batch.Arguments(0).Length > 2 ? "{\"city\":[]}"u8 : "{\"city\":\"Oslo\"}"u8))
            .Build();
        await pipeline.StartAsync();
        Assert.True((await pipeline.CallAsync("s/find")).IsSuccess);
        Assert.Equal("/city must be string, is array", (await pipeline.CallAsync("s/find", "{\"city\":\"Oslo\"}")).GetText());
    }

    [Fact]
    public async Task AddStage_Reroute_IsCheckedAgainstTheNewTool()
    {
        using var server = Server();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).AddStage("other", static batch => batch.Reroute(0, "s/find")).Build();
        await pipeline.StartAsync();
        Assert.Equal(FaultType.SchemaInvalid, (await pipeline.CallAsync("s/echo", "{\"message\":\"x\"}")).Fault.Type);
    }

    [Fact]
    public async Task CallAsync_BeforeTheServerHasListedItsTools_IsCheckedBeforeItIsSent()
    {
        using var server = Server();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var call = pipeline.CallAsync("s/find");
        await pipeline.StartAsync();
        Assert.Equal(FaultType.SchemaInvalid, (await call).Fault.Type);
        Assert.Equal(0, server.CallsReceived);
    }

    [Fact]
    public async Task CallAsync_ToolsHaveChanged_UsesTheNewSchema()
    {
        var schema = OneArgument;
        var transport = new ScriptedTransport((method, _) => method switch
        {
            "initialize" => """ "result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}}}""",
            "tools/list" => $$$""" "result":{"tools":[{"name":"find","inputSchema":{{{Volatile.Read(ref schema)}}}}]}""",
            "tools/call" => """ "result":{"content":[]}""",
            _ => null,
        });
        await using var pipeline = new ToolPipelineBuilder().AddServer("s", s => (s.Transport, s.Era) = (transport, ProtocolEra.Legacy)).Build();
        await pipeline.StartAsync();
        Assert.Equal(FaultType.SchemaInvalid, (await pipeline.CallAsync("s/find", "{\"city\":7}")).Fault.Type);

        Volatile.Write(ref schema, OneArgument.Replace("string", "integer", StringComparison.Ordinal));
        await transport.SayAsync("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""");
        await Eventually.TrueAsync(
            () => Encoding.UTF8.GetString(pipeline.Fleet.List()[0].Tools[0].InputSchema.Span).Contains("integer", StringComparison.Ordinal), "the new tools are there");

        Assert.True((await pipeline.CallAsync("s/find", "{\"city\":7}")).IsSuccess);
        Assert.Equal("/city must be integer, is string", (await pipeline.CallAsync("s/find", "{\"city\":\"Oslo\"}")).GetText());
    }

    private static LoopbackServer Server() => new(new MockServerOptions().AddTool(
        new ToolDescription { Name = "find", InputSchema = Encoding.UTF8.GetBytes(OneArgument) }, static (JsonElement _) => MockToolResult.Text("found")));
}
