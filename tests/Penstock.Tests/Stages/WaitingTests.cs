using System.Threading.Tasks.Dataflow;
using Penstock.Calls;
using Penstock.Stages;
using Penstock.Tests.Calls;
using Xunit;

namespace Penstock.Tests.Stages;

public sealed class WaitingTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Transform_BodyThrows_SlabGoesOnAndChainLives(bool isAsync, bool isCancellation)
    {
        var house = new FakeHouse();
        var submission = new FakeSubmission();
        Exception thrown = isCancellation ? new OperationCanceledException("left") : new InvalidOperationException("broken");
        var block = isAsync
            ? StageBlock.TransformAsync("mine", async slab => { await Task.Yield(); throw thrown; }, isUserCode: true)
            : StageBlock.Transform("mine", _ => throw thrown);
        var last = StageBlock.Last(house.Door.EndMarked);
        block.Then(last);
        for (var i = 0; i < 5; i++)
        {
            var slab = house.Slabs.Lease();
            slab.AddRange(house.Calls(submission, 3));
            Assert.True(await block.SendAsync(slab));
        }

        block.Complete();
        await last.Completion.WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((15, 0), (submission.Ended.Count, house.Cells.Leased));
        Assert.All(submission.Ended, static e => Assert.Equal((FaultType.InvalidParams, Executed.No), (e.Fault.Type, e.Fault.Executed)));
    }

    [Fact]
    public void Take_StalledSubmission_IsSkippedAndReturnedCallsGoFirst()
    {
        var house = new FakeHouse();
        var (stalled, lively) = (new FakeSubmission { Stalled = true }, new FakeSubmission());
        var queue = new TailQueue(house.Slabs);
        queue.Add(house.Calls(stalled, 20));
        queue.Add(house.Calls(lively, 20));
        queue.AddReturned(house.Calls(stalled, 2));
        var slab = house.Slabs.Lease();
        queue.Take(slab, 256);

        Assert.Equal(2, slab.Slots.ToArray().Count(s => s.Submission == stalled));
        Assert.True(slab.Slots[0].Submission == stalled && slab.Slots[1].Submission == stalled);
        Assert.Equal((22, 20, 20), (slab.Count, queue.Count, queue.CountOf(stalled)));
    }

    [Fact]
    public async Task WaitAsync_RoomComesAsItIsAskedFor_IsNeverMissed()
    {
        var gate = new IntakeGate();
        for (var round = 0; round < 2000; round++)
        {
            var hasRoom = 0;
            var waits = gate.WaitAsync(() => Volatile.Read(ref hasRoom) == 1, CancellationToken.None).AsTask();
            var frees = Task.Run(() =>
            {
                Interlocked.Exchange(ref hasRoom, 1);
                gate.Pulse();
            });
            await Task.WhenAll(waits, frees).WaitAsync(TimeSpan.FromMinutes(1));
        }
    }
}
