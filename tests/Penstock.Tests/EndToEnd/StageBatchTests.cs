using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>What a stage may be, and how long its batch lives.</summary>
public sealed class StageBatchTests
{
    [Theory]
    [InlineData("async lambda")]
    [InlineData("value task")]
    [InlineData("task")]
    [InlineData("task method")]
    [InlineData("with token")]
    public async Task AddStage_AsynchronousBody_IsWaitedFor(string how)
    {
        using var server = new LoopbackServer();
        var builder = new ToolPipelineBuilder().Add("s", server);
        builder = how switch
        {
            "async lambda" => builder.AddStage("late", static async batch =>
            {
                await Task.Yield();
                RejectAll(batch);
            }),
            "value task" => builder.AddStage("late", static batch => new ValueTask(RejectLateAsync(batch))),
            "task" => builder.AddStage("late", static batch => RejectLateAsync(batch)),
            "task method" => builder.AddStage("late", RejectLateAsync),
            _ => builder.AddStage("late", static async (batch, stop) =>
            {
                await Task.Yield();
                RejectAll(batch);
            }),
        };
        await using var pipeline = builder.Build();
        var results = await pipeline.RunAsync(Fleets.Echoes("s", 500)).WaitAsync(Fleets.Hang);
        Assert.Equal(500, results.Count(static r => r.Fault.Type == FaultType.InvalidParams && r.GetText() == "too late for this one"));
        Assert.Equal(0, server.CallsReceived);
    }

    [Fact]
    public async Task AddStage_SynchronousBodies_BindAsBefore()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server)
            .AddStage("lambda", static batch => batch.Reject(0, "too late for this one"))
            .AddStage("block", static batch => { _ = batch.Count; })
            .AddStage("method", RejectAll)
            .Build();
        Assert.Equal("too late for this one", (await pipeline.CallAsync("s/echo")).GetText());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallBatch_UsedAfterItsStageReturned_Throws(bool isAsync)
    {
        using var server = new LoopbackServer();
        CallBatch? kept = null;
        var builder = new ToolPipelineBuilder().Add("s", server);
        builder = isAsync
            ? builder.AddStage("keeps", async batch =>
            {
                await Task.Yield();
                kept = batch;
            })
            : builder.AddStage("keeps", batch => { kept = batch; });
        await using var pipeline = builder.Build();
        Assert.True((await pipeline.CallAsync("s/echo", """{"message":"m"}""")).IsSuccess);
        Action[] uses =
        [
            () => kept!.Reject(0, "no"), () => kept!.Rewrite(0, "{}"u8), () => kept!.Reroute(0, "s/add"), () => kept!.IsRejected(0), () => kept!.Ordinal(0),
            () => kept!.Tool(0), () => _ = kept!.Arguments(0).Length, () => _ = kept!.Tag(0).Length, () => _ = kept!.Count,
        ];
        Assert.All(uses, static use => Assert.Contains(
            "after its stage has returned", Assert.Throws<InvalidOperationException>(use).Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task DisposeAsync_StageHeedsTheToken_ItsCallsEndCancelled()
    {
        using var server = new LoopbackServer();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pipeline = new ToolPipelineBuilder().Add("s", server)
            .AddStage("waits", async (_, stop) =>
            {
                entered.TrySetResult();
                await new TaskCompletionSource().Task.WaitAsync(stop);
            })
            .Build();
        var call = pipeline.CallAsync("s/echo");
        await entered.Task.WaitAsync(Fleets.Hang);
        await pipeline.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
        Assert.Equal(CallFault.Local(FaultType.Cancelled, Executed.No), (await call).Fault);
    }

    [Fact]
    public async Task AddStage_BodyWaitsForATaskOfItsOwnScheduler_DoesNotHang()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server)
            .AddStage("waits", static batch => Task.Factory.StartNew(
                () => batch.Rewrite(0, """{"message":"from a task"}"""u8), CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Current).Wait())
            .Build();
        Assert.Equal("from a task", (await pipeline.CallAsync("s/echo")).GetText());
    }

    private static async Task RejectLateAsync(CallBatch batch)
    {
        await Task.Yield();
        RejectAll(batch);
    }

    private static void RejectAll(CallBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            batch.Reject(i, "too late for this one");
        }
    }
}
