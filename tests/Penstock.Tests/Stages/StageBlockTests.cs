using System.Threading.Tasks.Dataflow;
using Penstock.Calls;
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
