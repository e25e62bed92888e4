using Penstock.Calls;
using Penstock.Connections;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.Connections;

public sealed class PendingCallsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Slots _slots = new();
    private readonly Recorder _submission = new();
    private readonly PendingCalls _pending;

    public PendingCallsTests() => _pending = new PendingCalls(_clock, new Stragglers(window: 64, most: 0));

    [Fact]
    public void TrySettle_Twice_OnlyTheFirstWins()
    {
        var id = Open(7);
        Assert.True(_pending.TrySettle(id, out var slot, out _));
        Assert.Equal(7, slot.Ordinal);
        Assert.Equal(1, slot.Attempts);
        Assert.False(_pending.TrySettle(id, out _, out _));
        _pending.Release([id]);
        Assert.False(_pending.TrySettle(id, out _, out _));
        Assert.Equal(0, _pending.Count);
    }

    [Fact]
    public void TrySettle_StaleIdOfAReusedEntry_Misses()
    {
        var stale = Open(1);
        Assert.True(_pending.TrySettle(stale, out _, out _));
        _pending.Release([stale]);
        var fresh = Open(2);
        Assert.Equal(stale & PendingCalls.ReservedIndex, fresh & PendingCalls.ReservedIndex);
        Assert.NotEqual(stale, fresh);
        Assert.All([stale, fresh + 1, fresh + (1L << PendingCalls.IndexBits)], wrong => Assert.False(_pending.TrySettle(wrong, out _, out _)));
        Assert.True(_pending.TrySettle(fresh, out var slot, out _));
        Assert.Equal(2, slot.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1L << 40)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void TrySettle_IdThatWasNeverGiven_Misses(long id)
    {
        Open(1);
        Assert.False(_pending.TrySettle(id, out _, out _));
    }

    [Theory]
    [InlineData("answer,timeout,cancel,death")]
    [InlineData("timeout,answer,death,cancel")]
    [InlineData("cancel,death,answer,timeout")]
    [InlineData("death,cancel,timeout,answer")]
    public void EveryEnd_InAnyOrder_SettlesOnce(string order)
    {
        var id = Open(1, timeoutMs: 10);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var settled = order.Split(',').Sum(end => Ids(end, id).Count(i => _pending.TrySettle(i, out _, out _)));
        Assert.Equal(1, settled);
    }

    [Fact]
    public void Collect_OneSubmission_PassesOverTheOthersAndTheSettled()
    {
        var other = new Recorder();
        var mine = Open(1);
        var settled = Open(2);
        OpenOf(other, 3);
        _pending.TrySettle(settled, out _, out _);
        _pending.SetEnd(mine, 42);
        var open = new List<(long Id, long EndPosition)>();
        _pending.Collect(_submission, open);
        Assert.Equal([(mine, 42L)], open);
        open.Clear();
        _pending.Collect(null, open);
        Assert.Equal(2, open.Count);
    }

    [Fact]
    public void EndsByDeadline_DeadlineBeforeTimeout_SaysSo()
    {
        var ids = new long[2];
        _pending.Open([_slots.Make(_submission, 1, 1000, deadline: 10), _slots.Make(_submission, 2, 1000)], 0, ids);
        Assert.True(_pending.EndsByDeadline(ids[0]));
        Assert.False(_pending.EndsByDeadline(ids[1]));
    }

    [Fact]
    public void Collect_SingleCall_FindsItWhereItIsAndNowhereElse()
    {
        var there = new PendingCalls(_clock, new Stragglers(window: 64, most: 0));
        var single = new SingleSubmission(_clock);
        var taken = new long[100];
        there.Open(Enumerable.Range(0, 100).Select(i => _slots.Make(_submission, i)).ToArray(), 0, taken);
        for (var i = 0; i < 100; i++)
        {
            Open(i);
        }

        Assert.Empty(Collect(_pending));
        var id = OpenOf(single, 0);
        Assert.Equal([id], Collect(_pending));
        Assert.Empty(Collect(there));

        Assert.True(_pending.TrySettle(id, out _, out _));
        _pending.Release([id]);
        Assert.Empty(Collect(_pending));
        var moved = new long[1];
        there.Open([_slots.Make(single, 0)], 0, moved);
        Assert.Equal(moved, Collect(there));

        long[] Collect(PendingCalls pending)
        {
            var open = new List<(long Id, long EndPosition)>();
            pending.Collect(single, open);
            return [.. open.Select(static o => o.Id)];
        }
    }

    [Fact]
    public void TryAnswer_LineIsNotWrittenYet_Misses()
    {
        var id = Open(1);
        Assert.False(_pending.TryAnswer(id, out _, out _));
        _pending.SetEnd(id, 100);
        Assert.False(_pending.TrySettle(id, last: 99, out _, out _));
        Assert.True(_pending.TryAnswer(id, out _, out _));
        Assert.False(_pending.TryAnswer(id, out _, out _));
    }

    [Fact]
    public void Open_SlowCallsAmongQuickOnes_QuickOnesShareFewPages()
    {
        const int InFlight = 1000;
        const int SlowFor = 200_000;
        var (quick, slow) = (new Queue<long>(), new Queue<(long Id, int End)>());
        var pages = new HashSet<long>();
        for (var i = 0; i < 3 * SlowFor; i++)
        {
            var id = Open(i);
            if (i % 100 == 0)
            {
                slow.Enqueue((id, i + SlowFor));
            }
            else
            {
                quick.Enqueue(id);
            }

            if (quick.Count > InFlight)
            {
                End(quick.Dequeue());
            }

            if (slow.Peek().End <= i)
            {
                End(slow.Dequeue().Id);
            }

            if (i >= (3 * SlowFor) - (2 * InFlight))
            {
                pages.Add((id & PendingCalls.ReservedIndex) / 64);
            }
        }

        // 3,000 calls are open: 47 full pages would hold them, and filling every hole would come by all of them.
        Assert.Equal(SlowFor / 100, slow.Count);
        Assert.InRange(pages.Count, InFlight / 64, 4 * InFlight / 64);

        void End(long id)
        {
            Assert.True(_pending.TrySettle(id, out _, out _));
            _pending.Release([id]);
        }
    }

    [Fact]
    public void Open_AllPagesAreThereAndRest_FindsTheirFreeEntries()
    {
        // The widest window with all its stragglers, opened once, and most of it ended late enough that the pages rest.
        const int Most = 1_000_000 + 16_384;
        var ids = new long[Most];
        var slots = new[] { _slots.Make(_submission, 0) };
        for (var i = 0; i < Most; i++)
        {
            _pending.Open(slots, 0, ids.AsSpan(i, 1));
        }

        // So many calls come and go that all the others are slow.
        var quick = new long[1];
        for (var i = 0; i < 2 * Most; i++)
        {
            _pending.Open(slots, 0, quick);
            Assert.True(_pending.TrySettle(quick[0], out _, out _));
            _pending.Release(quick);
        }

        var ended = ids.Where(static id => (id & 63) < 40).ToArray();
        Assert.All(ended.Select(id => _pending.TrySettle(id, out _, out _)), Assert.True);
        _pending.Release(ended);
        for (var i = 0; i < Most; i++)
        {
            if ((ids[i] & 63) < 40)
            {
                _pending.Open(slots, 0, ids.AsSpan(i, 1));
            }
        }

        Assert.Equal(Most, _pending.Count);
        Assert.Equal(Most, ids.Select(static id => id & PendingCalls.ReservedIndex).Distinct().Count());
        Assert.DoesNotContain(ids, static id => (id & PendingCalls.ReservedIndex) == PendingCalls.ReservedIndex);
    }

    private List<long> Ids(string end, long id)
    {
        var ids = new List<long>();
        switch (end)
        {
            case "answer":
                ids.Add(id);
                break;
            case "timeout":
                _pending.CollectExpired(_clock.GetTimestamp(), ids);
                break;
            default:
                var open = new List<(long Id, long EndPosition)>();
                _pending.Collect(end == "cancel" ? _submission : null, open);
                ids.AddRange(open.Select(static o => o.Id));
                break;
        }

        return ids;
    }

    private long Open(long ordinal, int timeoutMs = 1000) => OpenOf(_submission, ordinal, timeoutMs);

    private long OpenOf(Submission submission, long ordinal, int timeoutMs = 1000)
    {
        var ids = new long[1];
        _pending.Open([_slots.Make(submission, ordinal, timeoutMs)], _clock.GetTimestamp(), ids);
        return ids[0];
    }
}
