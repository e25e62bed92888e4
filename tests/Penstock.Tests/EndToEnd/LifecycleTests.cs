using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>How a pipeline ends: draining, stopping, disposing, and what becomes of those who are on their way meanwhile.</summary>
public sealed class LifecycleTests
{
    private readonly TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task DrainAsync_SourceStillHasRows_ReadsItToItsEnd()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var results = new List<OwnedResult>();
        Task? drain = null;
        await foreach (var result in pipeline.ExecuteAsync(TwoParts()))
        {
            results.Add(result.ToOwned());
            if (results.Count == 10)
            {
                // Every call taken so far has ended, and the source is not at its end.
                drain = pipeline.DrainAsync();
                await PauseAsync();
                Assert.False(drain.IsCompleted);
                _more.SetResult();
            }
        }

        Assert.Equal(20, results.Count(static r => r.IsSuccess));
        await drain!.WaitAsync(Fleets.Hang);
    }

    [Fact]
    public async Task StopAsync_SourceStillHasRows_LosesNone()
    {
        using var server = new LoopbackServer();
        var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        Task? stop = null;
        var seen = 0;
        await foreach (var result in pipeline.ExecuteAsync(TwoParts()))
        {
            Assert.True(result.IsSuccess);
            if (++seen == 10)
            {
                stop = pipeline.StopAsync();
                _more.SetResult();
            }
        }

        Assert.Equal(20, seen);
        await stop!.WaitAsync(Fleets.Hang);
    }

    [Fact]
    public async Task DrainAsync_TokenFires_ThrowsAndNothingIsLost()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Configure(static o => o.Memory.Budget = 1 << 20).Build();
        var text = new string('x', 2000);
        var big = Enumerable.Range(0, 2000).Select(_ => new ToolCall("s/echo", System.Text.Encoding.ASCII.GetBytes($$"""{"message":"{{text}}"}""")));
        await using var slow = pipeline.ExecuteAsync(big).GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync());
        using var stop = new CancellationTokenSource();
        var drain = pipeline.DrainAsync(stop.Token);
        await stop.CancelAsync();
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drain.WaitAsync(Fleets.Hang));
        Assert.Contains("Nothing is lost", thrown.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => pipeline.CallAsync(Fleets.Echo("s", 1)).AsTask());
        var read = 1;
        while (await slow.MoveNextAsync())
        {
            Assert.True(slow.Current.IsSuccess);
            read++;
        }

        Assert.Equal(2000, read);
        await pipeline.DrainAsync().WaitAsync(Fleets.Hang);
    }

    [Fact]
    public async Task ExecuteAsync_Draining_IsRefused()
    {
        await using var pipeline = new ToolPipelineBuilder().Build();
        await pipeline.DrainAsync().WaitAsync(Fleets.Hang);
        Assert.Throws<InvalidOperationException>(() => pipeline.ExecuteAsync([]).GetAsyncEnumerator());
        await pipeline.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => pipeline.ExecuteAsync([]).GetAsyncEnumerator());
        await pipeline.DrainAsync().WaitAsync(Fleets.Hang);
    }

    [Fact]
    public async Task DisposeAsync_WhileAnotherDisposes_WaitsForIt()
    {
        var transport = new GatedTransport(isClosingHeld: true);
        var pipeline = new ToolPipelineBuilder().AddServer("s", s => s.Transport = transport).Build();
        await pipeline.StartAsync();
        var first = pipeline.DisposeAsync().AsTask();
        await transport.Closing.WaitAsync(Fleets.Hang);
        var second = pipeline.DisposeAsync().AsTask();
        var third = pipeline.StopAsync();
        await PauseAsync();
        Assert.False(first.IsCompleted || second.IsCompleted || third.IsCompleted);
        transport.LetClose();
        await Task.WhenAll(first, second, third).WaitAsync(Fleets.Hang);
        Assert.Equal(0, transport.Open);
    }

    [Fact]
    public async Task DeployAsync_PipelineBeingDisposed_NoChannelSurvives()
    {
        var slow = new GatedTransport(isClosingHeld: true);
        var late = new GatedTransport();
        var pipeline = new ToolPipelineBuilder().AddServer("slow", s => s.Transport = slow).Build();
        await pipeline.StartAsync();
        var disposal = pipeline.DisposeAsync().AsTask();
        await slow.Closing.WaitAsync(Fleets.Hang);
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => pipeline.Fleet.DeployAsync(new ServerOptions("late") { Transport = late }).WaitAsync(Fleets.Hang));
        slow.LetClose();
        await disposal.WaitAsync(Fleets.Hang);
        Assert.Equal((0, 0), (late.Open, slow.Open));
    }

    [Fact]
    public async Task DeployManyAsync_PipelineDisposedMeanwhile_NoChannelSurvives()
    {
        for (var round = 0; round < 30; round++)
        {
            var transport = new GatedTransport();
            var pipeline = new ToolPipelineBuilder().AddServer("first", s => s.Transport = transport).Build();
            var start = pipeline.StartAsync();
            var deploy = pipeline.Fleet.DeployManyAsync(
                Enumerable.Range(0, 200).Select(i => new ServerOptions($"s{i}") { Transport = transport }).ToList());
            while (transport.Opened < round * 3)
            {
                await Task.Yield();
            }

            await pipeline.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
            Assert.Equal(0, transport.Open);
            await start.WaitAsync(Fleets.Hang);
            var report = await deploy.WaitAsync(Fleets.Hang);
            Assert.Equal(200, report.Servers.Count);
            Assert.Equal(0, transport.Open);
        }
    }

    [Fact]
    public async Task DisposeAsync_ServerBeingRemoved_WaitsUntilItHasStopped()
    {
        var transport = new GatedTransport(isClosingHeld: true);
        var pipeline = new ToolPipelineBuilder().AddServer("s", s => s.Transport = transport).Build();
        await pipeline.StartAsync();
        var removal = pipeline.Fleet.RemoveAsync("s");
        await transport.Closing.WaitAsync(Fleets.Hang);
        var disposal = pipeline.DisposeAsync().AsTask();
        await PauseAsync();
        Assert.False(disposal.IsCompleted);
        transport.LetClose();
        await disposal.WaitAsync(Fleets.Hang);
        Assert.Equal(0, transport.Open);
        Assert.True(await removal.WaitAsync(Fleets.Hang));
    }

    [Fact]
    public async Task StartAsync_NameWasDeployedBefore_StartsNoServerThatNobodyStops()
    {
        var deployed = new GatedTransport();
        var built = new GatedTransport();
        var pipeline = new ToolPipelineBuilder().AddServer("s", s => s.Transport = built).Build();
        Assert.Equal(ServerState.Up, (await pipeline.Fleet.DeployAsync(new ServerOptions("s") { Transport = deployed })).State);
        var status = Assert.Single((await pipeline.StartAsync().WaitAsync(Fleets.Hang)).Servers);
        Assert.Equal((ServerState.Failed, 0), (status.State, built.Opened));
        Assert.Contains("already", status.Failure, StringComparison.Ordinal);
        await pipeline.DisposeAsync();
        Assert.Equal((0, 0), (built.Open, deployed.Open));
    }

    [Fact]
    public async Task DeployAsync_ChannelCannotNameItsTools_IsClosed()
    {
        await using var pipeline = new ToolPipelineBuilder().Build();
        var transport = new GatedTransport(hasTools: false);
        var server = new ServerOptions("s") { Transport = transport };
        server.Restart.CrashLoopLimit = 1;
        server.Restart.InitialDelay = TimeSpan.FromMilliseconds(1);
        var status = await pipeline.Fleet.DeployAsync(server).WaitAsync(Fleets.Hang);
        Assert.Equal(ServerState.Failed, status.State);
        Assert.Contains("no tools", status.Failure, StringComparison.Ordinal);
        Assert.Equal(0, transport.Open);
    }

    [Fact]
    public async Task StartAsync_LoggerThrows_ServerIsUpAllTheSame()
    {
        var transport = new GatedTransport();
        using var loggers = new ThrowingLoggers();
        var pipeline = new ToolPipelineBuilder().AddServer("s", s => s.Transport = transport).Configure(o => o.LoggerFactory = loggers).Build();
        var status = Assert.Single((await pipeline.StartAsync().WaitAsync(Fleets.Hang)).Servers);
        Assert.Equal(ServerState.Up, status.State);
        Assert.Equal(default, (await pipeline.CallAsync("s/echo")).Fault);
        await pipeline.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
        Assert.Equal(0, transport.Open);
    }

    [Fact]
    public async Task DeployManyAsync_ProgressThrows_TheChainLives()
    {
        await using var pipeline = new ToolPipelineBuilder().Build();
        var transport = new GatedTransport();
        var report = await pipeline.Fleet.DeployManyAsync([new ServerOptions("bad"), new ServerOptions("a") { Transport = transport }], new Throwing())
            .WaitAsync(Fleets.Hang);
        Assert.Equal(1, report.Up);
        Assert.Equal(ServerState.Up, (await pipeline.Fleet.DeployAsync(new ServerOptions("b") { Transport = transport }).WaitAsync(Fleets.Hang)).State);
    }

    [Fact]
    public async Task MoveNextAsync_PipelineDisposedAndSourceNeverEnds_Throws()
    {
        using var server = new LoopbackServer();
        var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var results = pipeline.ExecuteAsync(TwoParts()).GetAsyncEnumerator();
        for (var i = 0; i < 10; i++)
        {
            Assert.True(await results.MoveNextAsync());
        }

        var waiting = results.MoveNextAsync().AsTask();
        await pipeline.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Fleets.Hang));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => results.MoveNextAsync().AsTask().WaitAsync(Fleets.Hang));
        _more.SetResult();
        await results.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
        Assert.Equal((0, 0, 0, 0), pipeline.Leased);
    }

    [Fact]
    public async Task MoveNextAsync_EnumeratorDisposed_IsFalse()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var results = pipeline.ExecuteAsync(TwoParts()).GetAsyncEnumerator();
        for (var i = 0; i < 10; i++)
        {
            Assert.True(await results.MoveNextAsync());
        }

        var waiting = results.MoveNextAsync().AsTask();
        var leaving = results.DisposeAsync().AsTask();
        Assert.False(await waiting.WaitAsync(Fleets.Hang));
        Assert.False(await results.MoveNextAsync().AsTask().WaitAsync(Fleets.Hang));
        _more.SetResult();
        await leaving.WaitAsync(Fleets.Hang);
        Assert.False(await results.MoveNextAsync().AsTask().WaitAsync(Fleets.Hang));
    }

    [Fact]
    public async Task DisposeAsync_StreamWhoseSourceIsSlow_TellsTheServerBeforeTheSourceEnds()
    {
        using var server = new LoopbackServer();
        server.Hold();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var results = pipeline.ExecuteAsync(TwoParts()).GetAsyncEnumerator();
        await server.WaitForHeldAsync(10).WaitAsync(Fleets.Hang);
        var leaving = results.DisposeAsync().AsTask();
        await server.WaitForCancelledAsync(10).WaitAsync(Fleets.Hang);
        _more.SetResult();
        await leaving.WaitAsync(Fleets.Hang);
    }

    /// <summary>Gives what should not happen ample opportunity to happen: the whole life of some other pipelines.</summary>
    private static async Task PauseAsync()
    {
        for (var i = 0; i < 5; i++)
        {
            var pipeline = new ToolPipelineBuilder().AddServer("s", static s => s.Transport = new GatedTransport()).Build();
            await pipeline.StartAsync();
            Assert.True((await pipeline.CallAsync("s/echo")).IsSuccess);
            await pipeline.DisposeAsync();
        }
    }

    /// <summary>Ten rows, and ten more when they are asked for. It heeds no token, as many sources do.</summary>
    private async IAsyncEnumerable<ToolCall> TwoParts([EnumeratorCancellation] CancellationToken stop = default)
    {
        for (var i = 0; i < 20; i++)
        {
            if (i == 10)
            {
                await _more.Task;
            }

            yield return Fleets.Echo("s", i);
        }
    }

    private sealed class ThrowingLoggers : ILoggerFactory, ILogger
    {
        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("the log is full");
    }

    private sealed class Throwing : IProgress<ServerStatus>
    {
        public void Report(ServerStatus value) => throw new InvalidOperationException("no");
    }
}
