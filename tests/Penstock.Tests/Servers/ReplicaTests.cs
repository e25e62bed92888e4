using System.Text.Json;
using Penstock.Tests.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Servers;

public sealed class ReplicaTests
{
    private const string Initialized = """ "result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}""";
    private const string OneTool = """ "result":{"tools":[{"name":"a","inputSchema":{}}]}""";
    private const string TwoTools = """ "result":{"tools":[{"name":"a","inputSchema":{}},{"name":"b","inputSchema":{}}]}""";
    private const string OnePage = """ "result":{"tools":[],"nextCursor":"1"}""";
    private const string Refused = """ "error":{"code":-32603,"message":"not now"}""";
    private const string Changed = """{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""";

    [Theory]
    [InlineData(""" "result":{"tools":5}""", null)]
    [InlineData(Refused, null)]
    [InlineData(OnePage, Refused)]
    public async Task ToolsChanged_ListingFails_TheOldToolsStayAndItIsLogged(string firstPage, string? secondPage)
    {
        var list = OneTool;
        var transport = new ScriptedTransport((method, parameters) => method switch
        {
            "initialize" => Initialized,
            "tools/list" => parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("cursor", out _) ? secondPage : Volatile.Read(ref list),
            _ => null,
        });
        using var log = new RecordedLog();
        await using var pipeline = new ToolPipelineBuilder()
            .AddServer("s", s =>
            {
                s.Transport = transport;
                s.Era = ProtocolEra.Legacy;
            })
            .Configure(o => o.LoggerFactory = log)
            .Build();
        await pipeline.StartAsync();

        Volatile.Write(ref list, firstPage);
        await transport.SayAsync(Changed);
        Assert.StartsWith("Warning: Server s, replica 0 has changed its tools", await log.FindAsync("the old list stays"), StringComparison.Ordinal);
        var status = Assert.Single(pipeline.Fleet.List());
        Assert.Equal((ServerState.Up, "a"), (status.State, Assert.Single(status.Tools).Name));

        Volatile.Write(ref list, TwoTools);
        await transport.SayAsync(Changed);
        await Eventually.TrueAsync(() => pipeline.Fleet.List()[0].Tools.Count == 2, "the new tools are there");
    }

    [Fact]
    public async Task Connect_ToolsOfAChannelThrow_TheChannelIsDisposed()
    {
        var transport = new BadTransport();
        await using var pipeline = new ToolPipelineBuilder()
            .AddServer("s", s =>
            {
                s.Transport = transport;
                s.Restart.CrashLoopLimit = 1;
                s.Restart.InitialDelay = TimeSpan.Zero;
            })
            .Build();

        var report = await pipeline.StartAsync().WaitAsync(Eventually.Limit);

        Assert.Contains("no tools here", Assert.Single(report.Servers).Failure, StringComparison.Ordinal);
        Assert.Equal((2, 2), (transport.Opened, transport.Disposed));
    }

    private sealed class BadTransport : CallTransport
    {
        public int Opened { get; private set; }

        public int Disposed { get; private set; }

        public override string ToString() => "bad";

        protected internal override ValueTask<CallChannel> ConnectAsync(CancellationToken stop)
        {
            Opened++;
            return new(new Channel(this));
        }

        private sealed class Channel(BadTransport owner) : CallChannel
        {
            public override IReadOnlyList<ToolDescription> Tools => throw new InvalidOperationException("no tools here");

            public override async ValueTask DisposeAsync()
            {
                owner.Disposed++;
                await base.DisposeAsync();
                throw new InvalidOperationException("cannot be disposed");
            }

            protected internal override void Send(OutboundCall call)
            {
            }
        }
    }
}
