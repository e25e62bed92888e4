using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>Stages and sources that call a pipeline themselves, and sources that are woken.</summary>
public sealed class StageCallTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallAsync_FromAStageOfAnotherPipeline_IsAnswered(bool isAsync)
    {
        using var server = new LoopbackServer();
        await using var other = new ToolPipelineBuilder().Add("o", server).Build();
        var builder = new ToolPipelineBuilder().Add("s", server);
        builder = isAsync
            ? builder.AddStage("look up", async (batch, stop) => Assert.True((await other.CallAsync(Fleets.Echo("o", 1), stop)).IsSuccess))
            : builder.AddStage("look up", _ => Assert.True(other.CallAsync(Fleets.Echo("o", 1)).AsTask().Wait(Fleets.Hang)));
        await using var pipeline = builder.Build();
        await pipeline.StartAsync();
        await other.StartAsync();
        Assert.All(await pipeline.RunAsync(Fleets.Echoes("s", 300)).WaitAsync(Fleets.Hang), static r => Assert.True(r.IsSuccess, r.GetText()));
    }

    [Theory]
    [InlineData("sync")]
    [InlineData("async")]
    [InlineData("task")]
    [InlineData("stream")]
    public async Task CallAsync_FromAStageOfTheSamePipeline_IsRefusedWithTheReason(string how)
    {
        using var server = new LoopbackServer();
        ToolPipeline? pipeline = null;
        var call = Fleets.Echo("s", 1);
        var builder = new ToolPipelineBuilder().Add("s", server);
        builder = how switch
        {
            "sync" => builder.AddStage("mine", _ => pipeline!.CallAsync(call).AsTask().GetAwaiter().GetResult()),
            "async" => builder.AddStage("mine", async (_, stop) => await pipeline!.CallAsync(call, stop)),
            "task" => builder.AddStage("mine", _ => Task.Run(() => pipeline!.CallAsync(call).AsTask()).GetAwaiter().GetResult()),
            _ => builder.AddStage("mine", async (_, stop) => await pipeline!.RunAsync([call], stop)),
        };
        await using (pipeline = builder.Build())
        {
            await pipeline.StartAsync();
            var result = await pipeline.CallAsync("s/echo");
            Assert.Equal(FaultType.InvalidParams, result.Fault.Type);
            Assert.Contains("'mine' calls the pipeline that it is a stage of", result.GetText(), StringComparison.Ordinal);
        }
    }

    /// <summary>Another pipeline's stage between the two hides nothing, neither while it runs nor once it has run on the same thread.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallAsync_OfTheSamePipelineByWayOfAnother_IsRefusedWithTheReason(bool isAfterwards)
    {
        using var server = new LoopbackServer();
        ToolPipeline? pipeline = null;
        await using var other = new ToolPipelineBuilder().Add("o", server)
            .AddStage("between", _ => Assert.True(isAfterwards || pipeline!.CallAsync(Fleets.Echo("s", 1)).AsTask().Wait(Fleets.Hang)))
            .Build();
        await using (pipeline = new ToolPipelineBuilder().Add("s", server).AddStage("mine", _ =>
        {
            var called = other.CallAsync(Fleets.Echo("o", 1)).AsTask();
            Assert.True(called.Wait(Fleets.Hang));
            Assert.True(called.Result.IsSuccess, called.Result.GetText());
            pipeline!.CallAsync(Fleets.Echo("s", 2)).AsTask().GetAwaiter().GetResult();
        }).Build())
        {
            await other.StartAsync();
            var result = await pipeline.CallAsync(Fleets.Echo("s", 3)).AsTask().WaitAsync(Fleets.Hang);
            Assert.Contains("'mine' calls the pipeline that it is a stage of", result.GetText(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("dispose")]
    [InlineData("drain")]
    [InlineData("result stage")]
    public async Task StopAsync_FromAStageOfTheSamePipeline_IsRefusedWithTheReason(string how)
    {
        using var server = new LoopbackServer();
        ToolPipeline? pipeline = null;
        var builder = new ToolPipelineBuilder().Add("s", server);
        builder = how switch
        {
            "stop" => builder.AddStage("mine", async (CallBatch _, CancellationToken stop) => await pipeline!.StopAsync(stop)),
            "dispose" => builder.AddStage("mine", (CallBatch _) => pipeline!.Dispose()),
            "drain" => builder.AddStage("mine", async (CallBatch _, CancellationToken stop) => await pipeline!.DrainAsync(stop)),
            _ => builder.AddResultStage("mine", (ResultBatch _) => pipeline!.Stop()),
        };
        await using (pipeline = builder.Build())
        {
            var result = await pipeline.CallAsync("s/echo").WaitAsync(Fleets.Hang);
            Assert.Contains("'mine' stops the pipeline that it is a stage of", result.GetText(), StringComparison.Ordinal);
        }
    }

    /// <summary>A source that comes back when the pipeline is gone: its call ends past the stages, and is not lost in them.</summary>
    [Fact]
    public async Task DisposeAsync_SourceYieldsAfterwards_ItsCallEndsAlthoughThereAreResultStages()
    {
        using var server = new LoopbackServer();
        using var goOn = new ManualResetEventSlim();
        var pipeline = new ToolPipelineBuilder().Add("s", server).AddResultStage("mine", static (ResultBatch _) => { }).Build();
        await pipeline.StartAsync();
        var results = pipeline.ExecuteAsync(Calls()).GetAsyncEnumerator();
        Assert.True(await results.MoveNextAsync());
        await pipeline.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
        goOn.Set();
        await Record.ExceptionAsync(async () =>
        {
            while (await results.MoveNextAsync().AsTask().WaitAsync(Fleets.Hang))
            {
            }
        });
        await results.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
        Assert.Equal((0, 0, 0, 0), pipeline.Leased);

        IEnumerable<ToolCall> Calls()
        {
            yield return Fleets.Echo("s", 1);
            goOn.Wait();
            yield return Fleets.Echo("s", 2);
        }
    }

    [Fact]
    public async Task CallAsync_FromABackgroundTaskThatAStageLeft_IsAnswered()
    {
        using var server = new LoopbackServer();
        ToolPipeline? pipeline = null;
        var stageIsOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<OwnedResult>? background = null;
        var builder = new ToolPipelineBuilder().Add("s", server).AddStage("starts something", _ =>
        {
            // In braces: a lambda that returns the task would be waited for.
            background ??= Task.Run(async () =>
            {
                await stageIsOver.Task;
                return await pipeline!.CallAsync(Fleets.Echo("s", 7));
            });
        });
        await using (pipeline = builder.Build())
        {
            Assert.True((await pipeline.CallAsync("s/echo")).IsSuccess);
            stageIsOver.SetResult();
            Assert.True((await background!.WaitAsync(Fleets.Hang)).IsSuccess);
        }
    }

    [Fact]
    public async Task CallAsync_StageHangs_CallersCanStillBeCancelled()
    {
        using var server = new LoopbackServer();
        var mayGoOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var pipeline = new ToolPipelineBuilder().Add("s", server)
            .AddStage("hangs", async (_, _) => await mayGoOn.Task)
            .Build();
        await pipeline.StartAsync();
        using var stop = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 2000).Select(i => pipeline.CallAsync(Fleets.Echo("s", i), stop.Token).AsTask()).ToList();
        await stop.CancelAsync();
        mayGoOn.SetResult();
        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Fleets.Hang));
        }

        Assert.Equal(0, server.CallsReceived);
    }

    [Fact]
    public async Task ExecuteAsync_NoServersAndTheReaderCatchesUp_TheSourceIsWoken()
    {
        await using var pipeline = new ToolPipelineBuilder().Configure(static o => o.Memory.Budget = 1 << 20).Build();
        var arguments = System.Text.Encoding.ASCII.GetBytes($$"""{"message":"{{new string('x', 2000)}}"}""");
        var results = await pipeline.RunAsync(Enumerable.Range(0, 3000).Select(_ => new ToolCall("nobody/echo", arguments))).WaitAsync(Fleets.Hang);
        Assert.Equal(3000, results.Count);
    }

    [Fact]
    public async Task ExecuteAsync_LongStretchOfAddressesThatLeadNowhere_IsReadToItsEnd()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var nobody = new ToolCall("nobody/echo", "{}"u8.ToArray());
        var calls = Fleets.Echoes("s", 1).Concat(Enumerable.Repeat(nobody, 70_000)).Concat(Fleets.Echoes("s", 1));
        var results = await pipeline.RunAsync(calls).WaitAsync(Fleets.Hang);
        Assert.Equal((70_002, 2), (results.Count, results.Count(static r => r.IsSuccess)));
    }
}
