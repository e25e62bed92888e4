using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

public sealed class PipelineTests
{
    [Theory]
    [InlineData("nobody/echo", "no server 'nobody'")]
    [InlineData("s/nothing", "no tool 'nothing'")]
    [InlineData("s", "not an address")]
    [InlineData("s/", "not an address")]
    [InlineData("/echo", "not an address")]
    public async Task CallAsync_AddressLeadsNowhere_IsInvalidParams(string tool, string message)
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        await pipeline.StartAsync();
        var result = await pipeline.CallAsync(tool);
        Assert.Equal(CallFault.Local(FaultType.InvalidParams, Executed.No), result.Fault);
        Assert.Contains(message, result.GetText(), StringComparison.Ordinal);
        Assert.Equal(0, server.CallsReceived);
    }

    [Theory]
    [InlineData(ProtocolEra.Legacy)]
    [InlineData(ProtocolEra.Modern)]
    [InlineData(ProtocolEra.Auto)]
    public async Task ExecuteAsync_EitherEra_AnswersEveryCall(ProtocolEra era)
    {
        using var server = new LoopbackServer(new MockServerOptions { Era = era, PageSize = 1 });
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var report = await pipeline.StartAsync();
        Assert.Equal(era == ProtocolEra.Legacy ? "2025-11-25" : "2026-07-28", Assert.Single(report.Servers).ProtocolVersion);
        Assert.Equal(4, report.Servers[0].Tools.Count);
        var results = await pipeline.RunAsync(Fleets.Echoes("s", 1000));
        Assert.Equal(1000, results.DistinctBy(static r => r.Ordinal).Count());
        Assert.All(results, static r => Assert.Equal($"row {r.Ordinal}", r.GetText()));
    }

    [Fact]
    public async Task ExecuteAsync_Stages_RejectRewriteAndReroute()
    {
        using var first = new LoopbackServer();
        using var second = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("a", first).Add("b", second)
            .AddStage("edit", static batch =>
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    switch (batch.Ordinal(i) % 4)
                    {
                        case 0: batch.Reject(i, "not this one"); break;
                        case 1: batch.Rewrite(i, """{"message":"rewritten and a good deal longer than it was before"}"""u8); break;
                        case 2: batch.Reroute(i, "b/echo"); break;
                    }
                }
            })
            .AddStage("look", static async (batch, stop) =>
            {
                await Task.Yield();
                for (var i = 0; i < batch.Count; i++)
                {
                    if (batch.IsRejected(i))
                    {
                        batch.Reject(i, "too late");
                    }
                }
            })
            .Build();
        await pipeline.StartAsync();
        var results = await pipeline.RunAsync(Fleets.Echoes("a", 400));
        Assert.All(results, static r => Assert.Equal(
            (r.Ordinal % 4) switch { 0 => "not this one", 1 => "rewritten and a good deal longer than it was before", _ => $"row {r.Ordinal}" }, r.GetText()));
        Assert.All(results, static r => Assert.Equal(r.Ordinal % 4 == 2 ? "b/echo" : "a/echo", r.Tool));
        Assert.Equal((200, 100), (first.CallsReceived, second.CallsReceived));
    }

    [Theory]
    [InlineData("sync")]
    [InlineData("async")]
    [InlineData("late")]
    [InlineData("cancel")]
    public async Task ExecuteAsync_StageThrows_FaultsItsCallsAndTheChainLives(string how)
    {
        using var server = new LoopbackServer();
        var builder = new ToolPipelineBuilder().Add("s", server);
        var throws = true;
        builder = how switch
        {
            "sync" => builder.AddStage("bad", _ => ThrowIf(Volatile.Read(ref throws), how)),
            "async" => builder.AddStage("bad", (_, _) =>
            {
                ThrowIf(Volatile.Read(ref throws), how);
                return default;
            }),
            _ => builder.AddStage("bad", async (_, _) =>
            {
                await Task.Yield();
                ThrowIf(Volatile.Read(ref throws), how);
            }),
        };
        await using var pipeline = builder.Build();
        await pipeline.StartAsync();
        var results = await pipeline.RunAsync(Fleets.Echoes("s", 300));
        Assert.Equal(300, results.Count);
        Assert.All(results, static r => Assert.Contains("stage 'bad' failed", r.GetText(), StringComparison.Ordinal));
        Volatile.Write(ref throws, false);
        Assert.True((await pipeline.CallAsync("s/echo")).IsSuccess);
    }

    [Fact]
    public async Task ExecuteAsync_RewrittenToNoObject_IsInvalidParams()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).AddStage("bad", static b => b.Rewrite(0, "[1"u8)).Build();
        Assert.Equal(FaultType.InvalidParams, (await pipeline.CallAsync("s/echo")).Fault.Type);
        Assert.Equal(0, server.CallsReceived);
    }

    [Fact]
    public async Task CallAsync_FromManyThreads_EachGetsItsOwnAnswer()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        await pipeline.StartAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, stop) =>
            Assert.Equal($"row {i}", (await pipeline.CallAsync(Fleets.Echo("s", i), stop)).GetText()));
    }

    [Fact]
    public async Task ExecuteAsync_LoopLeftEarly_GivesEverythingBack()
    {
        using var server = new LoopbackServer();
        server.Hold();
        var pipeline = new ToolPipelineBuilder().Add("s", server, static s => s.MaxInFlight = 8).Build();
        await using (var results = pipeline.ExecuteAsync(Fleets.Echoes("s", 5000)).GetAsyncEnumerator())
        {
            var next = results.MoveNextAsync();
            await server.WaitForHeldAsync(8).WaitAsync(Fleets.Hang);
            server.HeldCalls[0].Release();
            Assert.True(await next);
        }

        await server.WaitForCancelledAsync(7).WaitAsync(Fleets.Hang);
        await pipeline.DrainAsync().WaitAsync(Fleets.Hang);
        await pipeline.DisposeAsync();
        Assert.Equal((0, 0, 0, 0), pipeline.Leased);
        Assert.InRange(server.CallsReceived, 8, 40);
    }

    [Fact]
    public async Task ExecuteAsync_TokenFires_ThrowsAndTellsTheServer()
    {
        using var server = new LoopbackServer();
        server.Hold();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        using var stop = new CancellationTokenSource();
        var run = pipeline.RunAsync(Fleets.Echoes("s", 200), stop.Token);
        await server.WaitForHeldAsync(64).WaitAsync(Fleets.Hang);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Fleets.Hang));
        await server.WaitForCancelledAsync(64).WaitAsync(Fleets.Hang);
    }

    [Fact]
    public async Task CallAsync_TokenFires_Throws()
    {
        using var server = new LoopbackServer();
        server.Hold();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        using var stop = new CancellationTokenSource();
        var call = pipeline.CallAsync(Fleets.Echo("s", 1), stop.Token).AsTask();
        await server.WaitForHeldAsync(1).WaitAsync(Fleets.Hang);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Fleets.Hang));
    }

    [Fact]
    public async Task ExecuteAsync_DeadlinePassesWhileWaiting_EndsUnsent()
    {
        using var server = new LoopbackServer();
        server.Hold();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server, static s => s.MaxInFlight = 1).Build();
        await pipeline.StartAsync();
        var results = new List<OwnedResult>();
        await foreach (var result in pipeline.ExecuteAsync(Fleets.Echoes("s", 20), new ExecuteOptions { Deadline = TimeSpan.FromMilliseconds(100) }))
        {
            results.Add(result.ToOwned());
        }

        Assert.Equal(20, results.Count);
        Assert.All(results, static r => Assert.Equal(FaultType.Timeout, r.Fault.Type));
        Assert.All(results, static r => Assert.Equal(r.Attempts == 0 ? Executed.No : Executed.Maybe, r.Fault.Executed));
        Assert.Contains(results, static r => r.Attempts == 0);
    }

    [Fact]
    public async Task DrainAsync_CallsInFlight_WaitsForThemAndTakesNoMore()
    {
        using var server = new LoopbackServer();
        server.Hold();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var run = pipeline.RunAsync(Fleets.Echoes("s", 10));
        await server.WaitForHeldAsync(10).WaitAsync(Fleets.Hang);
        var drain = pipeline.DrainAsync();
        Assert.False(drain.IsCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => pipeline.CallAsync(Fleets.Echo("s", 1)).AsTask());
        server.Release();
        await drain.WaitAsync(Fleets.Hang);
        Assert.All(await run, static r => Assert.True(r.IsSuccess));
    }

    [Fact]
    public async Task StopAsync_TokenFires_EndsOpenCallsAsCancelled()
    {
        using var server = new LoopbackServer();
        server.Hold();
        var pipeline = new ToolPipelineBuilder().Add("s", server, static s => s.MaxInFlight = 4).Build();
        var run = pipeline.RunAsync(Fleets.Echoes("s", 10));
        await server.WaitForHeldAsync(4).WaitAsync(Fleets.Hang);
        await pipeline.StopAsync(new CancellationToken(true)).WaitAsync(Fleets.Hang);
        var results = await run.WaitAsync(Fleets.Hang);
        Assert.Equal(10, results.Count);
        Assert.All(results, static r => Assert.Equal(FaultType.Cancelled, r.Fault.Type));
        Assert.Equal(4, results.Count(static r => r.Fault.Executed == Executed.Maybe));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pipeline.CallAsync(Fleets.Echo("s", 1)).AsTask());
    }

    [Fact]
    public async Task StopAsync_SourceNotReadToItsEnd_TheStreamSaysSo()
    {
        using var server = new LoopbackServer();
        server.Hold();
        var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var run = pipeline.RunAsync(Fleets.Echoes("s", 100_000));
        await server.WaitForHeldAsync(64).WaitAsync(Fleets.Hang);
        await pipeline.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Fleets.Hang));
    }

    [Fact]
    public async Task ExecuteAsync_RequestOverTheLimit_IsInvalidParamsAndTheServerLives()
    {
        using var server = new LoopbackServer(new MockServerOptions { MaxLineBytes = 4096 });
        await using var pipeline = new ToolPipelineBuilder().Add("s", server, static s => s.MaxRequestBytes = 4096).Build();
        await pipeline.StartAsync();
        var result = await pipeline.CallAsync("s/echo", $$"""{"message":"{{new string('x', 5000)}}"}""");
        Assert.Equal(CallFault.Local(FaultType.InvalidParams, Executed.No), result.Fault);
        Assert.True((await pipeline.CallAsync("s/echo")).IsSuccess);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task ExecuteAsync_AnswerOverTheLimit_EndsProtocolAndTheConnectionLives()
    {
        using var server = new LoopbackServer(new MockServerOptions { Faults = new FaultScript(1).OnCall(3, Fault.Oversize(20_000)) });
        await using var pipeline = new ToolPipelineBuilder().Add("s", server, static s => s.MaxResponseBytes = 8192).Build();
        var results = await pipeline.RunAsync(Fleets.Echoes("s", 10));
        Assert.Equal(CallFault.Local(FaultType.Protocol, Executed.Maybe), Assert.Single(results, static r => !r.IsSuccess).Fault);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task ExecuteAsync_AnswerComesAfterTheTimeout_IsCountedLateAndNotDelivered()
    {
        using var server = new LoopbackServer(new MockServerOptions { Faults = new FaultScript(1).OnCall(1, Fault.Late(TimeSpan.FromMilliseconds(400))) });
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        await pipeline.StartAsync();
        var call = Fleets.Echo("s", 1) with { Timeout = TimeSpan.FromMilliseconds(20) };
        var result = await pipeline.CallAsync(call);
        Assert.Equal((FaultType.Timeout, Executed.Maybe), (result.Fault.Type, result.Fault.Executed));
        for (var i = 0; i < 1_000_000 && pipeline.Metrics.Snapshot().LateReplies == 0; i++)
        {
            // Each answer is a later burst of the same connection: the late one comes before some of them.
            Assert.True((await pipeline.CallAsync(Fleets.Echo("s", i))).IsSuccess);
        }

        Assert.Equal(1, pipeline.Metrics.Snapshot().LateReplies);
    }

    private static void ThrowIf(bool throws, string how)
    {
        if (throws)
        {
            throw how == "cancel" ? new OperationCanceledException() : new InvalidOperationException(how);
        }
    }
}
