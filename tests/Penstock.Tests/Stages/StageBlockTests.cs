using System.Threading.Tasks.Dataflow;
using Penstock.Calls;
using Penstock.Scheduling;
using Penstock.Stages;
using Penstock.Tests.Connections;
using Xunit;

namespace Penstock.Tests.Stages;

public sealed class StageBlockTests
{
    [Theory]
    [InlineData("throw", false)]
    [InlineData("cancel", false)]
    [InlineData("throw", true)]
    [InlineData("cancel", true)]
    [InlineData("late throw", true)]
    [InlineData("late cancel", true)]
    [InlineData("late cancelled task", true)]
    public async Task Body_Fails_EndsTheOpenCallsAndTheChainGoesOn(string how, bool isAsync)
    {
        var block = isAsync
            ? StageBlock.TransformAsync("bad", slab => FailAsync(how, slab), isUserCode: true)
            : StageBlock.Transform("bad", _ => Fail(how));
        var passed = new List<Slab>();
        var last = StageBlock.Last(passed.Add);
        block.Then(last);
        var sent = new List<Slab>();
        for (var i = 0; i < 10; i++)
        {
            var slab = new Slab();
            slab.Add(new Slots().Make(new Recorder(), 0));
            slab.Add(new Slots().Make(new Recorder(), 1));
            slab.End(0, CallFault.Local(FaultType.Cancelled, Executed.No), "before");
            sent.Add(slab);
            Assert.True(await block.SendAsync(slab));
        }

        block.Complete();
        await last.Completion.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(sent.ToHashSet(), passed.ToHashSet());
        Assert.All(passed, static slab =>
        {
            Assert.Equal(2, slab.EndedCount);
            Assert.Equal("before", slab.Outcomes[0].Message);
            Assert.Equal((FaultType.InvalidParams, Executed.No), (slab.Outcomes[1].Fault.Type, slab.Outcomes[1].Fault.Executed));
            Assert.StartsWith("stage 'bad' failed", slab.Outcomes[1].Message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("cancel", false, true)]
    [InlineData("cancel", true, true)]
    [InlineData("late cancel", true, true)]
    [InlineData("late cancelled task", true, true)]
    [InlineData("late cancel", true, false)]
    [InlineData("late throw", true, true)]
    public async Task Body_Cancelled_IsCancelledOnlyIfThePipelineStops(string how, bool isAsync, bool isStopping)
    {
        using var stop = new CancellationTokenSource();
        if (isStopping)
        {
            await stop.CancelAsync();
        }

        var block = isAsync
            ? StageBlock.TransformAsync("mine", slab => FailAsync(how, slab), isUserCode: true, stop.Token)
            : StageBlock.Transform("mine", _ => Fail(how), isUserCode: true, stop.Token);
        var slab = new Slab();
        slab.Add(new Slots().Make(new Recorder(), 0));
        Assert.True(block.Post(slab));
        Assert.Same(slab, await block.ReceiveAsync().WaitAsync(TimeSpan.FromMinutes(1)));
        var type = isStopping && how != "late throw" ? FaultType.Cancelled : FaultType.InvalidParams;
        Assert.Equal(CallFault.Local(type, Executed.No), slab.Outcomes[0].Fault);
        Assert.Contains("'mine'", slab.Outcomes[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_WaitsForATaskThatItStarted_DoesNotHangTheFrame()
    {
        var waited = 0;
        var block = StageBlock.Transform("waits", _ =>
        {
            waited = Task.Factory.StartNew(static () => 5, CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Current).Result;
        });
        var slab = new Slab();
        var post = Task.Run(() =>
        {
            using (InlineScheduler.Enter())
            {
                Assert.True(block.Post(slab));
            }
        });
        await post.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Same(slab, await block.ReceiveAsync().WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(5, waited);
    }

    private static void Fail(string how) =>
        throw (how.EndsWith("cancel", StringComparison.Ordinal) ? new OperationCanceledException() : new InvalidOperationException("no"));

    private static Task<Slab> FailAsync(string how, Slab slab)
    {
        if (how == "late cancelled task")
        {
            return Task.FromCanceled<Slab>(new CancellationToken(true));
        }

        if (how.StartsWith("late", StringComparison.Ordinal))
        {
            return LateAsync(how, slab);
        }

        Fail(how);
        return slab.Completed;
    }

    private static async Task<Slab> LateAsync(string how, Slab slab)
    {
        await Task.Yield();
        Fail(how);
        return slab;
    }
}
