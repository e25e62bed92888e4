using System.Text.Json;
using Microsoft.Extensions.Logging;
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
                s.Restart.CrashLoopLimit = 2;
                s.Restart.InitialDelay = TimeSpan.Zero;
            })
            .Build();

        var report = await pipeline.StartAsync().WaitAsync(Eventually.Limit);

        Assert.Contains("no tools here", Assert.Single(report.Servers).Failure, StringComparison.Ordinal);
        Assert.Equal((2, 2), (transport.Opened, transport.Disposed));
    }

    [Fact]
    public async Task Connect_ModernServerIsLostWhileItListsItsTools_IsAskedAgainAsModern()
    {
        var listings = 0;
        var transport = new ScriptedTransport((method, _) => method switch
        {
            "server/discover" => """ "result":{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{}}""",
            "tools/list" => Interlocked.Increment(ref listings) == 1 ? "" : """ "result":{"resultType":"complete","tools":[{"name":"a","inputSchema":{}}]}""",
            _ => """ "error":{"code":-32601,"message":"not in this era"}""",
        });
        await using var pipeline = new ToolPipelineBuilder()
            .AddServer("s", s =>
            {
                s.Transport = transport;
                s.Restart.InitialDelay = TimeSpan.Zero;
            })
            .Build();

        await pipeline.StartAsync().WaitAsync(Eventually.Limit);

        var status = Assert.Single(pipeline.Fleet.List());
        Assert.Equal((ServerState.Up, "2026-07-28", 2), (status.State, status.ProtocolVersion, listings));
    }

    [Fact]
    public async Task Live_LoggerThrows_TheReplicaLivesOn()
    {
        var transport = new ScriptedTransport(static (method, _) => method switch
        {
            "initialize" => Initialized,
            "tools/list" => OneTool,
            _ => null,
        });
        using var log = new ThrowingLog();
        var pipeline = new ToolPipelineBuilder()
            .AddServer("s", s =>
            {
                s.Transport = transport;
                s.Era = ProtocolEra.Legacy;
                s.Restart.InitialDelay = TimeSpan.Zero;
            })
            .Configure(o => o.LoggerFactory = log)
            .Build();
        await using (pipeline)
        {
            await pipeline.StartAsync().WaitAsync(Eventually.Limit);
            Assert.Equal((ServerState.Up, 0), (pipeline.Fleet.List()[0].State, pipeline.Fleet.List()[0].Restarts));

            await transport.HangUpAsync();

            await Eventually.TrueAsync(() => pipeline.Fleet.List()[0] is { Restarts: 1, State: ServerState.Up }, "it is up again");
        }

        Assert.InRange(log.Thrown, 3, int.MaxValue);
    }

    private sealed class ThrowingLog : ILoggerFactory, ILogger
    {
        private int _thrown;

        public int Thrown => Volatile.Read(ref _thrown);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Interlocked.Increment(ref _thrown);
            throw new InvalidOperationException("the disk is full");
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
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
