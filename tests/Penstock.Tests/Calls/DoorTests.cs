using Penstock.Calls;
using Xunit;

namespace Penstock.Tests.Calls;

public sealed class DoorTests
{
    [Fact]
    public void EndMarked_SomeEnded_OnlyTheyLeaveAndTheRestKeepTheirOrder()
    {
        var house = new FakeHouse();
        var submission = new FakeSubmission();
        var slab = house.Slabs.Lease();
        slab.AddRange(house.Calls(submission, 10));
        foreach (var i in (int[])[0, 3, 4, 9, 3])
        {
            slab.End(i, CallFault.Local(FaultType.Cancelled, Executed.No), "no");
        }

        house.Door.EndMarked(slab);

        Assert.Equal([0L, 3, 4, 9], submission.Ended.Select(static e => e.Ordinal));
        Assert.Equal([1L, 2, 5, 6, 7, 8], slab.Slots.ToArray().Select(static s => s.Ordinal));
        Assert.Equal((6, 0, 6, 1), (slab.Count, slab.EndedCount, house.Cells.Leased, house.Slabs.Leased));
    }

    [Fact]
    public void End_IndexBeyondTheSlab_IsRefused()
    {
        var house = new FakeHouse();
        var slab = house.Slabs.Lease();
        slab.AddRange(house.Calls(new FakeSubmission(), 2));
        Assert.Throws<IndexOutOfRangeException>(() => slab.End(2, default, "no such call"));
        Assert.Equal(0, slab.EndedCount);
    }

    [Fact]
    public void End_ResultsAreDelivered_TheFiguresHoldThemAlready()
    {
        var house = new FakeHouse();
        var metrics = new PipelineMetrics(house.Door, static () => (0, 0));
        var submission = new Watching(metrics);
        var slab = house.Slabs.Lease();
        var calls = house.Calls(submission, 5);
        calls[1].Attempts = 3;
        for (var i = 0; i < calls.Length; i++)
        {
            var fault = i < 2 ? CallFault.Local(FaultType.Timeout, Executed.Maybe) : default;
            slab.AddEnded(in calls[i], Outcome.Local(fault, "over"));
        }

        house.Door.End(slab, default);

        var seen = submission.Seen!;
        Assert.Equal((5, 5, 3, 2), (seen.Accepted, seen.Ended, seen.Succeeded, seen.Retried));
        Assert.Equal([new KeyValuePair<FaultType, long>(FaultType.Timeout, 2)], seen.Faults);
    }

    [Fact]
    public async Task WhenIdleAsync_CallsOpen_CompletesWithTheLast()
    {
        var house = new FakeHouse();
        var submission = new FakeSubmission();
        Assert.True(house.Door.WhenIdleAsync().IsCompleted);
        var calls = house.Calls(submission, 2);
        var idle = house.Door.WhenIdleAsync();
        foreach (var call in calls)
        {
            Assert.False(idle.IsCompleted);
            var slab = house.Slabs.Lease();
            slab.AddEnded(in call, Outcome.Local(default, "done"));
            house.Door.End(slab, default);
        }

        await idle.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((0, 0), (house.Cells.Leased, house.Slabs.Leased));
    }

    /// <summary>Looks at the figures at the earliest moment that a reader of results could.</summary>
    private sealed class Watching(PipelineMetrics metrics) : Submission
    {
        public PipelineSnapshot? Seen { get; private set; }

        public override object QueueKey => this;

        public override void Deliver(ReadOnlySpan<CallSlot> slots, ReadOnlySpan<Outcome> outcomes, ReadOnlySpan<byte> source) => Seen = metrics.Snapshot();
    }
}
