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
}
