using System.Threading.Tasks.Dataflow;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>A pipeline as a block of somebody else's dataflow graph.</summary>
public sealed class PropagatorTests
{
    private static readonly DataflowLinkOptions Propagate = new() { PropagateCompletion = true };

    [Theory]
    [InlineData(4)]
    [InlineData(64)]
    [InlineData(4096)]
    public async Task AsPropagator_LinkedOnBothSides_EveryCallComesOutOnceAndCompletionWithThem(int capacity)
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var results = new List<OwnedResult>();
        var source = new BufferBlock<ToolCall>();
        var target = new ActionBlock<OwnedResult>(results.Add);
        var block = pipeline.AsPropagator(capacity);
        source.LinkTo(block, Propagate);
        block.LinkTo(target, Propagate);
        for (var i = 0; i < 1000; i++)
        {
            source.Post(Fleets.Echo("s", i) with { Tag = BitConverter.GetBytes(i) });
        }

        source.Post(new ToolCall("s/none", default));
        source.Complete();
        await target.Completion.WaitAsync(Fleets.Hang);

        Assert.Equal(TaskStatus.RanToCompletion, block.Completion.Status);
        Assert.Equal(Enumerable.Range(0, 1001).Select(static i => (long)i), results.Select(static r => r.Ordinal).Order());
        Assert.All(results.Where(static r => r.Ordinal < 1000), static r =>
        {
            Assert.Equal($"row {r.Ordinal}", r.GetText());
            Assert.Equal(r.Ordinal, BitConverter.ToInt32(r.Tag.Span));
        });
        Assert.False(results.Single(static r => r.Ordinal == 1000).IsSuccess);
    }

    [Fact]
    public async Task AsPropagator_TargetTakesNothing_HoldsItsBoundAndNoMore()
    {
        const int Capacity = 40;
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var block = pipeline.AsPropagator(Capacity);
        var offers = Fleets.Echoes("s", Capacity + 10).Select(block.SendAsync).ToList();

        await Task.WhenAll(offers.Take(Capacity)).WaitAsync(Fleets.Hang);

        Assert.All(offers.Skip(Capacity), static o => Assert.False(o.IsCompleted));
        Assert.False(block.Post(Fleets.Echo("s", 1)));
        Assert.InRange(server.CallsReceived, 0, Capacity * 3 / 4);
        for (var i = 0; i < Capacity + 10; i++)
        {
            Assert.True((await block.ReceiveAsync(Fleets.Hang)).IsSuccess);
        }

        Assert.All(await Task.WhenAll(offers).WaitAsync(Fleets.Hang), Assert.True);
        block.Complete();
        await block.Completion.WaitAsync(Fleets.Hang);
    }

    [Fact]
    public async Task Fault_CallsAtTheServer_AreCancelledAndTheFaultGoesOn()
    {
        using var server = new LoopbackServer();
        server.Hold();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var source = new BufferBlock<ToolCall>();
        var target = new ActionBlock<OwnedResult>(static _ => { });
        var block = pipeline.AsPropagator();
        source.LinkTo(block, Propagate);
        block.LinkTo(target, Propagate);
        source.Post(Fleets.Echo("s", 1));
        await server.WaitForHeldAsync(1).WaitAsync(Fleets.Hang);

        ((IDataflowBlock)source).Fault(new InvalidDataException("the input is broken"));

        var e = await Assert.ThrowsAsync<AggregateException>(() => target.Completion.WaitAsync(Fleets.Hang));
        Assert.IsType<InvalidDataException>(e.GetBaseException());
        Assert.Equal(TaskStatus.Faulted, block.Completion.Status);
        await server.WaitForCancelledAsync(1).WaitAsync(Fleets.Hang);
        await pipeline.DrainAsync().WaitAsync(Fleets.Hang);
        var figures = pipeline.Metrics.Snapshot();
        Assert.Equal((1, 1), (figures.Accepted, figures.Ended));
    }

    [Fact]
    public async Task DisposeAsync_BlockIsOpen_FaultsTheBlock()
    {
        using var server = new LoopbackServer();
        var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var block = pipeline.AsPropagator();
        await pipeline.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => block.Completion.WaitAsync(Fleets.Hang));
        Assert.Equal(TaskStatus.Faulted, block.Completion.Status);
        Assert.False(await block.SendAsync(Fleets.Echo("s", 1)).WaitAsync(Fleets.Hang));
    }

    [Fact]
    public async Task DrainAsync_BlockIsOpen_WaitsForItsCompletion()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var block = pipeline.AsPropagator();
        Assert.True(await block.SendAsync(Fleets.Echo("s", 1)));
        var drained = pipeline.DrainAsync();
        Assert.True(await block.SendAsync(Fleets.Echo("s", 2)));
        Assert.False(drained.IsCompleted);
        block.Complete();
        await drained.WaitAsync(Fleets.Hang);
        await pipeline.DisposeAsync();

        // What has ended is still read.
        Assert.True((await block.ReceiveAsync(Fleets.Hang)).IsSuccess);
        Assert.True((await block.ReceiveAsync(Fleets.Hang)).IsSuccess);
        await block.Completion.WaitAsync(Fleets.Hang);
    }

    [Fact]
    public async Task AsPropagator_TokenFires_TheBlockIsCancelled()
    {
        using var server = new LoopbackServer();
        server.Hold();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        using var stop = new CancellationTokenSource();
        var block = pipeline.AsPropagator(stop: stop.Token);
        Assert.True(await block.SendAsync(Fleets.Echo("s", 1)));
        await server.WaitForHeldAsync(1).WaitAsync(Fleets.Hang);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => block.Completion.WaitAsync(Fleets.Hang));
        Assert.Equal(TaskStatus.Canceled, block.Completion.Status);
        Assert.False(block.Post(Fleets.Echo("s", 1)));
    }

    [Fact]
    public async Task AsPropagator_FullAndCancelled_DoesNotWaitForItsTarget()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        using var stop = new CancellationTokenSource();
        var block = pipeline.AsPropagator(4, stop: stop.Token);
        var offers = Fleets.Echoes("s", 10).Select(block.SendAsync).ToList();
        await Task.WhenAll(offers.Take(4)).WaitAsync(Fleets.Hang);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => block.Completion.WaitAsync(Fleets.Hang));
        Assert.All((await Task.WhenAll(offers).WaitAsync(Fleets.Hang)).Skip(4), Assert.False);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1_000_001)]
    public async Task AsPropagator_BoundOutOfRange_IsRefused(int capacity)
    {
        await using var pipeline = new ToolPipelineBuilder().Build();
        Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.AsPropagator(capacity));
    }

    [Fact]
    public async Task AsPropagator_PipelineIsDrainingOrDisposed_IsRefused()
    {
        await using var pipeline = new ToolPipelineBuilder().Build();
        await pipeline.DrainAsync();
        Assert.Throws<InvalidOperationException>(() => pipeline.AsPropagator());
        await pipeline.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => pipeline.AsPropagator());
    }
}
