using System.IO.Pipelines;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace Penstock.Testing.Tests.Mock;

/// <summary>The official client against the mock server, so that neither of our two readings of the protocol judges itself.</summary>
public sealed class SdkConformanceTests
{
    public static TheoryData<ProtocolEra, string> Eras => new()
    {
        { ProtocolEra.Auto, "2026-07-28" },
        { ProtocolEra.Modern, "2026-07-28" },
        { ProtocolEra.Legacy, "2025-11-25" },
    };

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task Sdk_InEveryEra_NegotiatesAndListsAllPages(ProtocolEra era, string version)
    {
        await using var peer = await SdkPeer.ConnectAsync(new MockServerOptions { Era = era, PageSize = 1 });

        var tools = await peer.Client.ListToolsAsync();

        Assert.Equal(version, peer.Client.NegotiatedProtocolVersion);
        Assert.Equal("penstock-mock", peer.Client.ServerInfo!.Name);
        Assert.Equal(["echo", "add", "sleep", "fail"], tools.Select(t => t.Name));
        Assert.True(tools[0].ProtocolTool.Annotations!.ReadOnlyHint);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task Sdk_CallingEachTool_GetsItsResult(ProtocolEra era, string version)
    {
        _ = version;
        await using var peer = await SdkPeer.ConnectAsync(new MockServerOptions { Era = era });

        Assert.Equal("grüß \"dich\"", await peer.CallAsync("echo", new() { ["message"] = "grüß \"dich\"" }));
        Assert.Equal("""{"other":[1,"a\nb"]}""", await peer.CallAsync("echo", new() { ["other"] = new object[] { 1, "a\nb" } }));
        Assert.Equal("slept 1 ms", await peer.CallAsync("sleep", new() { ["ms"] = 1 }));
        var sum = await peer.Client.CallToolAsync("add", new Dictionary<string, object?> { ["a"] = 2, ["b"] = 3 });
        Assert.Equal(5, sum.StructuredContent!.Value.GetProperty("sum").GetInt32());
        Assert.NotEqual(true, sum.IsError);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task Sdk_MeetingErrors_TellsThemApart(ProtocolEra era, string version)
    {
        _ = version;
        await using var peer = await SdkPeer.ConnectAsync(new MockServerOptions { Era = era });

        var failed = await peer.Client.CallToolAsync("fail", new Dictionary<string, object?> { ["message"] = "boom" });
        Assert.True(failed.IsError);
        Assert.Equal("boom", Assert.IsType<TextContentBlock>(Assert.Single(failed.Content)).Text);
        Assert.Equal(-32602, await peer.ErrorOfAsync("none", []));
        Assert.Equal(-32050, await peer.ErrorOfAsync("fail", new() { ["kind"] = "rpc", ["code"] = -32050 }));
        Assert.Equal("still here", await peer.CallAsync("echo", new() { ["text"] = "still here" }));
    }

    [Fact]
    public async Task Sdk_AgainstShuffledAndSplitOutput_SeesNoDifference()
    {
        await using var peer = await SdkPeer.ConnectAsync(
            new MockServerOptions { Faults = new FaultScript(3).WithShuffledMembers().WithSplitWrites().EveryCall(3, Fault.Banner) });

        for (var i = 0; i < 40; i++)
        {
            Assert.Equal($"row {i}", await peer.CallAsync("echo", new() { ["message"] = $"row {i}" }));
        }
    }

    [Fact]
    public async Task Sdk_AgainstServerThatPings_AnswersInTheLegacyEra()
    {
        await using var peer = await SdkPeer.ConnectAsync(new MockServerOptions { Era = ProtocolEra.Legacy });

        peer.Server.Send("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");

        await peer.Server.WaitForAnswersAsync(1).WaitAsync(RawClient.Patience);
    }

    private sealed class SdkPeer : IAsyncDisposable
    {
        private readonly Stream _toServer;
        private readonly Task<StreamEnd> _serving;

        private SdkPeer(MockServer server, McpClient client, Stream toServer, Task<StreamEnd> serving)
        {
            Server = server;
            Client = client;
            _toServer = toServer;
            _serving = serving;
        }

        public MockServer Server { get; }

        public McpClient Client { get; }

        public static async Task<SdkPeer> ConnectAsync(MockServerOptions options)
        {
            var (requests, answers) = (new Pipe(), new Pipe());
            var server = new MockServer(options);
            var serving = server.RunAsync(requests.Reader.AsStream(), answers.Writer.AsStream());
            var toServer = requests.Writer.AsStream();
            var client = await McpClient.CreateAsync(
                new StreamClientTransport(toServer, answers.Reader.AsStream()),
                new McpClientOptions { DiscoverProbeTimeout = RawClient.Patience / 2, InitializationTimeout = RawClient.Patience });
            return new SdkPeer(server, client, toServer, serving);
        }

        public async Task<string> CallAsync(string tool, Dictionary<string, object?> arguments)
        {
            var result = await Client.CallToolAsync(tool, arguments);
            return Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
        }

        public async Task<int> ErrorOfAsync(string tool, Dictionary<string, object?> arguments) =>
            (int)(await Assert.ThrowsAsync<McpProtocolException>(() => Client.CallToolAsync(tool, arguments).AsTask())).ErrorCode;

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await _toServer.DisposeAsync();
            await _serving.WaitAsync(RawClient.Patience);
            Server.Dispose();
        }
    }
}
