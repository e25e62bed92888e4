using System.Diagnostics;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>Servers that come, die, are removed, and do not hold each other back.</summary>
public sealed class FleetTests
{
    [Fact]
    public async Task RemoveAsync_CallsInFlight_EndAsCancelled()
    {
        using var server = new LoopbackServer();
        server.Hold();
        var pipeline = new ToolPipelineBuilder().Add("s", server, static s => s.MaxInFlight = 4).Build();
        var run = pipeline.RunAsync(Fleets.Echoes("s", 10));
        await server.WaitForHeldAsync(4).WaitAsync(Fleets.Hang);
        Assert.True(await pipeline.Fleet.RemoveAsync("s").WaitAsync(Fleets.Hang));
        Assert.False(await pipeline.Fleet.RemoveAsync("s"));
        var results = await run.WaitAsync(Fleets.Hang);
        Assert.Equal(10, results.Count);
        Assert.Equal(4, results.Count(static r => r.Fault is { Type: FaultType.Cancelled, Executed: Executed.Maybe }));
        await pipeline.DisposeAsync();
        Assert.Equal((0, 0, 0, 0), pipeline.Leased);
    }

    [Fact]
    public async Task DeployManyAsync_OneBadSpecAmongTen_TheOthersComeUp()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Build();
        var specs = Enumerable.Range(0, 10).Select(i => new ServerOptions($"s{i}") { Transport = i == 4 ? null : server.Transport }).ToList();
        var report = await pipeline.Fleet.DeployManyAsync(specs).WaitAsync(Fleets.Hang);
        Assert.Equal(9, report.Up);
        Assert.Equal((ServerState.Failed, "s4"), (report.Servers[4].State, report.Servers[4].Name));
        Assert.Contains("Transport is not set", report.Servers[4].Failure, StringComparison.Ordinal);
        Assert.Equal(9, pipeline.Fleet.List().Count);
        Assert.True((await pipeline.CallAsync("s9/echo")).IsSuccess);
        Assert.Equal(ServerState.Failed, (await pipeline.Fleet.DeployAsync(new ServerOptions("s1") { Transport = server.Transport })).State);
    }

    [Fact]
    public async Task ExecuteAsync_Disconnected_StartsAgainAndGoesOn()
    {
        using var server = new LoopbackServer(new MockServerOptions { Faults = new FaultScript(1).OnCall(50, Fault.Disconnect) });
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var results = await pipeline.RunAsync(Fleets.Echoes("s", 1000)).WaitAsync(Fleets.Hang);
        Assert.Equal(1000, results.Count);
        Assert.InRange(results.Count(static r => r.Fault.IsConnectionError), 1, 64);
        Assert.All(results, static r => Assert.True(r.IsSuccess || r.Fault is { IsConnectionError: true, Executed: Executed.Maybe }));
        Assert.Equal(2, server.Connections);
        Assert.Equal(1, pipeline.Fleet["s"].Status.Restarts);
    }

    [Fact]
    public async Task ExecuteAsync_ServerNeverComesUp_EndsCallsPastTheCrashLoopLimit()
    {
        using var exits = new LoopbackServer(new MockServerOptions { Faults = new FaultScript(1).EveryConnect(Fault.DieInHandshake) });
        using var refuses = new LoopbackServer(new MockServerOptions { Faults = new FaultScript(1).EveryConnect(Fault.RefuseConnect) });
        await using var pipeline = new ToolPipelineBuilder()
            .Add("exits", exits, static s => s.Restart.CrashLoopLimit = 2)
            .Add("refuses", refuses, static s => s.Restart.CrashLoopLimit = 2)
            .Build();
        var results = await pipeline.RunAsync(Fleets.Echoes("exits", 20).Concat(Fleets.Echoes("refuses", 20))).WaitAsync(Fleets.Hang);
        Assert.Equal(40, results.Count);
        Assert.All(results, static r => Assert.Equal(r.Tool[0] == 'e' ? FaultType.ServerExited : FaultType.Connection, r.Fault.Type));
        Assert.All(results, static r => Assert.Equal(Executed.No, r.Fault.Executed));
        Assert.Equal(0, (await pipeline.StartAsync()).Up);
    }

    [Fact]
    public async Task StartAsync_ServerIsNeverReady_IsGivenUpHoweverLongItTook()
    {
        var clock = new ManualTimeProvider();
        await using var pipeline = new ToolPipelineBuilder()
            .AddServer("hush", static s =>
            {
                s.Transport = new SilentTransport();
                s.ConnectTimeout = TimeSpan.FromSeconds(30);
                s.Restart.HealthyAfter = TimeSpan.FromSeconds(10);
            })
            .Configure(o => o.Clock = clock)
            .Build();
        var started = pipeline.StartAsync();

        // Some timers are always armed; the clock runs until the last start has failed.
        using var hang = new CancellationTokenSource(Fleets.Hang);
        while (!started.IsCompleted)
        {
            Assert.False(hang.IsCancellationRequested, "the server is never given up");
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var hush = Assert.Single((await started).Servers);
        Assert.Equal(ServerState.Failed, hush.State);
        Assert.Contains("given up after 2 failed starts in a row; the last: not ready within 30 s", hush.Failure, StringComparison.Ordinal);
    }

    /// <summary>Takes a connection and never says a word.</summary>
    private sealed class SilentTransport : StreamTransport
    {
        public override string ToString() => "silent";

        protected internal override async ValueTask<ByteStream> ConnectAsync(CancellationToken stop)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
            throw new UnreachableException();
        }
    }

    [Fact]
    public async Task ExecuteAsync_WeightsOneAndFour_ShareASlowServerByWeight()
    {
        using var server = new LoopbackServer();
        server.Hold();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server, static s => s.MaxInFlight = 4).Build();
        await pipeline.StartAsync();
        var counts = new int[2];
        using var stop = new CancellationTokenSource();
        Task[] runs = [CountAsync(0, 1), CountAsync(1, 4)];

        // Each answer lets one of them in. What one of them had before the other began does not count.
        await AnswerWhileAsync(() => counts.Contains(0));
        var before = counts.ToArray();
        await AnswerWhileAsync(() => counts.Sum() - before.Sum() < 600);

        await stop.CancelAsync();
        await Task.WhenAll(runs).WaitAsync(Fleets.Hang);
        Assert.InRange((double)(counts[1] - before[1]) / (counts[0] - before[0]), 2.5, 6.5);

        async Task AnswerWhileAsync(Func<bool> isMore)
        {
            while (isMore())
            {
                await server.WaitForHeldAsync(4).WaitAsync(Fleets.Hang);
                server.HeldCalls[0].Release();
            }
        }

        async Task CountAsync(int stream, int weight)
        {
            try
            {
                await foreach (var result in pipeline.ExecuteAsync(Fleets.Echoes("s", 100_000), new ExecuteOptions { Weight = weight }, stop.Token))
                {
                    Interlocked.Increment(ref counts[stream]);
                }
            }
            catch (OperationCanceledException)
            {
                // The test has seen enough.
            }
        }
    }

    [Fact]
    public async Task ExecuteAsync_OneServerAnswersNothing_TheOtherIsNotHeldBack()
    {
        using var dead = new LoopbackServer();
        using var live = new LoopbackServer();
        dead.Hold();
        await using var pipeline = new ToolPipelineBuilder().Add("dead", dead).Add("live", live).Build();
        await pipeline.StartAsync();
        var seen = 0;
        await foreach (var result in pipeline.ExecuteAsync(Enumerable.Range(0, 20_000).Select(static i => Fleets.Echo(i % 2 == 0 ? "dead" : "live", i))))
        {
            Assert.True(result.IsSuccess);
            if (++seen == 10_000)
            {
                dead.Release();
            }
        }

        Assert.Equal(20_000, seen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task ExecuteAsync_ReaderStopsReading_AnotherStreamGoesOnAndDisposalEnds(int budgetMiB)
    {
        using var server = new LoopbackServer();
        var pipeline = new ToolPipelineBuilder().Add("s", server).Configure(o => o.Memory.Budget = budgetMiB << 20).Build();
        var text = new string('x', 2000);
        var big = Enumerable.Range(0, 20_000).Select(_ => new ToolCall("s/echo", System.Text.Encoding.ASCII.GetBytes($$"""{"message":"{{text}}"}""")));
        var stuck = pipeline.ExecuteAsync(big).GetAsyncEnumerator();
        Assert.True(await stuck.MoveNextAsync());
        var results = await pipeline.RunAsync(Fleets.Echoes("s", 3000)).WaitAsync(Fleets.Hang);
        Assert.Equal(3000, results.Count(static r => r.IsSuccess));
        await pipeline.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
        await stuck.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
        Assert.Equal((0, 0, 0, 0), pipeline.Leased);
    }
}
