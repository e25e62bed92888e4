using Penstock.Calls;
using Penstock.Memory;
using Penstock.Stages;
using Penstock.Tests.Connections;
using Xunit;

namespace Penstock.Tests.Stages;

public sealed class TailQueueTests
{
    private readonly BoundedPool<Slab> _slabs = new(static () => new Slab(), 16);
    private readonly Slots _slots = new();
    private readonly TailQueue _queue;

    public TailQueueTests() => _queue = new TailQueue(_slabs);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(256)]
    public void Take_WeightsOneAndFour_AreServedByWeightWhateverTheLimit(int limit)
    {
        var light = new Recorder();
        var heavy = new Recorder(weight: 4);
        Add(light, 4000);
        Add(heavy, 4000);
        var counts = (Light: 0, Heavy: 0);
        while (counts.Light + counts.Heavy < 2000)
        {
            foreach (var submission in Take(limit))
            {
                counts = ReferenceEquals(submission, light) ? (counts.Light + 1, counts.Heavy) : (counts.Light, counts.Heavy + 1);
            }
        }

        Assert.InRange((double)counts.Heavy / counts.Light, 3.5, 4.5);
    }

    [Fact]
    public void Take_StalledSubmission_IsPassedOverUnlessTheServerIsGone()
    {
        var stalled = new Recorder();
        var other = new Recorder();
        Add(stalled, 10);
        Add(other, 10);
        stalled.Stall(true);
        Assert.All(Take(256), s => Assert.Same(other, s));
        Assert.Empty(Take(256));
        Assert.Equal(10, Take(256, Admission.All).Count);
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Take_ReturnedCalls_ComeFirst()
    {
        var waiting = new Recorder();
        var returned = new Recorder();
        Add(waiting, 10);
        _queue.AddReturned([_slots.Make(returned, 0)]);
        Assert.Same(returned, Take(3)[0]);
        Assert.Equal(8, _queue.CountOf(waiting));
    }

    /// <summary>A call that was sent once holds its cell: it is not left lying because its reader is slow.</summary>
    [Fact]
    public void Take_ReturnedCallsOfAStalledSubmission_GoAllTheSame()
    {
        var stalled = new Recorder();
        stalled.Stall(true);
        Add(stalled, 20);
        _queue.AddReturned([_slots.Make(stalled, 0), _slots.Make(stalled, 1)]);
        Assert.Equal(2, Take(256).Count);
        Assert.Equal((20, 20), (_queue.Count, _queue.CountOf(stalled)));
    }

    [Fact]
    public void TakeMatching_LeavesTheOthersInOrderAndLosesNoSlab()
    {
        var submission = new Recorder();
        Add(submission, 1000);
        var found = new Slab();
        _queue.TakeMatching(found, static slot => slot.Ordinal % 10 == 3);
        Assert.Equal(100, found.Count);
        Assert.Equal(900, _queue.Count);
        var last = -1L;
        while (_queue.Count > 0)
        {
            var slab = new Slab();
            _queue.Take(slab, 256);
            foreach (ref readonly var slot in slab.Slots)
            {
                Assert.True(slot.Ordinal > last);
                last = slot.Ordinal;
            }
        }

        Assert.Equal(0, _slabs.Leased);
    }

    private void Add(Submission submission, int count) =>
        _queue.Add(Enumerable.Range(0, count).Select(i => _slots.Make(submission, i)).ToArray());

    private List<Submission> Take(int limit, Admission admission = Admission.Reading)
    {
        var slab = new Slab();
        _queue.Take(slab, limit, admission);
        var taken = new List<Submission>();
        foreach (ref readonly var slot in slab.Slots)
        {
            taken.Add(slot.Submission);
        }

        return taken;
    }
}
