using System.Text;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>Stages of the user's behind the servers.</summary>
public sealed class ResultStageTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AddResultStage_InspectsRejectsAndRewrites_TheReaderSeesWhatTheStageMade(bool isAsync)
    {
        using var server = new LoopbackServer();
        var seen = 0;
        var builder = new ToolPipelineBuilder().Add("s", server);
        builder = isAsync
            ? builder.AddResultStage("edit", async (batch, stop) =>
            {
                await Task.Yield();
                stop.ThrowIfCancellationRequested();
                Edit(batch);
            })
            : builder.AddResultStage("edit", (ResultBatch batch) => Edit(batch));
        await using var pipeline = builder.Build();
        var results = await pipeline.RunAsync(Fleets.Echoes("s", 3000).Append(new ToolCall("s/none", default))).WaitAsync(Fleets.Hang);

        Assert.Equal((3001, 3001), (results.Count, seen));
        foreach (var result in results)
        {
            switch (result.Ordinal % 3)
            {
                case var _ when result.Ordinal == 3000:
                    Assert.Equal((FaultType.InvalidParams, Executed.No), (result.Fault.Type, result.Fault.Executed));
                    break;
                case 0:
                    Assert.Equal(CallFault.Local(FaultType.ToolError, Executed.Yes), result.Fault);
                    Assert.Equal("not a third row", result.GetText());
                    Assert.Equal($$"""{"message":"row {{result.Ordinal}}"}""", Encoding.UTF8.GetString(result.Arguments.Span));
                    break;
                case 1:
                    Assert.Equal($"\"ROW\" {result.Ordinal}\né", result.GetText());
                    Assert.True(result.IsSuccess && result.IsContentJson);
                    Assert.DoesNotContain((byte)'\n', result.Content.ToArray());
                    break;
                default:
                    Assert.Equal($"row {result.Ordinal}", result.GetText());
                    break;
            }
        }

        var figures = pipeline.Metrics.Snapshot();
        Assert.Equal((3001, 2000), (figures.Ended, figures.Succeeded));
        await pipeline.DisposeAsync();
        Assert.Equal((0, 0, 0, 0), pipeline.Leased);

        void Edit(ResultBatch batch)
        {
            Assert.InRange(batch.Count, 1, 256);
            seen += batch.Count;
            for (var i = 0; i < batch.Count; i++)
            {
                var ordinal = batch.Ordinal(i);
                if (!batch.IsSuccess(i))
                {
                    Assert.Equal(FaultType.InvalidParams, batch.Fault(i).Type);
                    Assert.NotEqual("", batch.GetText(i));
                    batch.Reject(i, "keeps its fault");
                    continue;
                }

                Assert.Equal(("s/echo", $"row {ordinal}"), (batch.Tool(i), batch.GetText(i)));
                Assert.Equal($$"""{"message":"row {{ordinal}}"}""", Encoding.UTF8.GetString(batch.Arguments(i)));
                if (ordinal % 3 == 0)
                {
                    batch.Reject(i, "not a third row");
                }
                else if (ordinal % 3 == 1)
                {
                    batch.RewriteText(i, $"\"ROW\" {ordinal}\né");
                }
            }
        }
    }

    [Fact]
    public async Task AddResultStage_SeveralStages_RunInTheirOrderForSingleCallsToo()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server)
            .AddResultStage("first", static (ResultBatch batch) => batch.RewriteText(0, batch.GetText(0) + " first"))
            .AddResultStage("second", static async (ResultBatch batch) =>
            {
                await Task.Yield();
                batch.RewriteText(0, batch.GetText(0) + " second");
            })
            .AddResultStage("third", static (ResultBatch batch) => batch.RewriteText(0, batch.GetText(0) + " third"))
            .Build();
        Assert.Equal("row 1 first second third", (await pipeline.CallAsync(Fleets.Echo("s", 1)).AsTask().WaitAsync(Fleets.Hang)).GetText());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AddResultStage_StageThrows_ItsSuccessesBecomeFaultsAndTheChainGoesOn(bool isAsync)
    {
        using var server = new LoopbackServer();
        var builder = new ToolPipelineBuilder().Add("s", server);
        builder = isAsync
            ? builder.AddResultStage("bad", static async (ResultBatch _) =>
            {
                await Task.Yield();
                throw new InvalidDataException("no good");
            })
            : builder.AddResultStage("bad", static (ResultBatch _) => throw new InvalidDataException("no good"));
        await using var pipeline = builder.Build();
        for (var i = 0; i < 3; i++)
        {
            var result = await pipeline.CallAsync("s/echo", """{"message":"x"}""");
            Assert.Equal(CallFault.Local(FaultType.ToolError, Executed.Yes), result.Fault);
            Assert.Equal("result stage 'bad' failed: no good", result.GetText());
        }
    }

    [Fact]
    public async Task AddResultStage_StageBlocks_ReadersOfTheConnectionGoOnAndSendingStops()
    {
        using var server = new LoopbackServer();
        using var mayGoOn = new ManualResetEventSlim();
        await using var pipeline = new ToolPipelineBuilder()
            .Configure(static o => o.Memory.Budget = 1 << 20)
            .Add("s", server)
            .AddResultStage("slow", (ResultBatch _) => Assert.True(mayGoOn.Wait(Fleets.Hang)))
            .Build();
        var arguments = Encoding.ASCII.GetBytes($$"""{"message":"{{new string('x', 500)}}"}""");
        var all = pipeline.RunAsync(Enumerable.Repeat(new ToolCall("s/echo", arguments), 3000));

        // More than one slab's worth: answers were read while the stage blocked.
        await server.WaitForCallsAsync(65).WaitAsync(Fleets.Hang);
        Assert.False(all.IsCompleted);
        mayGoOn.Set();
        Assert.All(await all.WaitAsync(Fleets.Hang), static r => Assert.True(r.IsSuccess, r.GetText()));
        Assert.InRange(server.CallsReceived, 3000, 3000);
    }

    [Fact]
    public async Task DisposeAsync_ResultStageWaits_ItsCallsEndAsCancelledButExecuted()
    {
        using var server = new LoopbackServer();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pipeline = new ToolPipelineBuilder().Add("s", server)
            .AddResultStage("waits", async (_, stop) =>
            {
                entered.TrySetResult();
                await new TaskCompletionSource().Task.WaitAsync(stop);
            })
            .Build();
        var call = pipeline.CallAsync(Fleets.Echo("s", 1)).AsTask();
        await entered.Task.WaitAsync(Fleets.Hang);
        await pipeline.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
        Assert.Equal(CallFault.Local(FaultType.Cancelled, Executed.Yes), (await call.WaitAsync(Fleets.Hang)).Fault);
        Assert.Equal((0, 0, 0, 0), pipeline.Leased);
    }

    [Fact]
    public async Task ResultBatch_UsedAfterItsStage_Throws()
    {
        using var server = new LoopbackServer();
        ResultBatch? kept = null;
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).AddResultStage("keeps", (ResultBatch batch) => { kept = batch; }).Build();
        Assert.True((await pipeline.CallAsync("s/echo", """{"message":"x"}""")).IsSuccess);
        Assert.Throws<InvalidOperationException>(() => kept!.Count);
        Assert.Throws<InvalidOperationException>(() => kept!.Content(0).Length);
    }

    [Fact]
    public async Task RewriteText_OfAFault_Throws()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server)
            .AddResultStage("rewrites", static (ResultBatch batch) => Assert.Throws<InvalidOperationException>(() => batch.RewriteText(0, "x")))
            .Build();
        Assert.Equal(FaultType.InvalidParams, (await pipeline.CallAsync("s/none")).Fault.Type);
    }
}
