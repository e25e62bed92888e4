using Penstock.Calls;
using Penstock.Connections;
using Penstock.Testing;
using Penstock.Tests.Calls;
using Penstock.Tests.Protocol;
using Xunit;

namespace Penstock.Tests.Connections;

public sealed class PendingTableTests
{
    [Fact]
    public void TrySettle_TwiceAndAfterReuse_MissesTheGeneration()
    {
        var clock = new ManualTimeProvider();
        var house = new FakeHouse(clock);
        var pending = new PendingCalls(clock, new Stragglers(window: 64, most: 0));
        var (first, second) = (new long[1], new long[1]);
        pending.Open(house.Calls(new FakeSubmission(), 1), 0, first);
        Assert.True(pending.TrySettle(first[0], out var slot, out _));
        Assert.Equal(1, slot.Attempts);
        Assert.False(pending.TrySettle(first[0], out _, out _));
        pending.Release(first);
        pending.Open(house.Calls(new FakeSubmission(), 1), 0, second);

        Assert.NotEqual(first[0], second[0]);
        Assert.False(pending.TrySettle(first[0], out _, out _));
        foreach (var wrong in (long[])[-1, 0, long.MaxValue, long.MinValue, second[0] + 1, second[0] + (1L << PendingCalls.IndexBits)])
        {
            Assert.False(pending.TrySettle(wrong, out _, out _));
        }

        Assert.True(pending.TrySettle(second[0], out _, out _));
    }

    [Fact]
    public void CollectExpired_RandomTimes_AgreesWithAModel() => Seeds.Check(100, static random =>
    {
        var clock = new ManualTimeProvider();
        var house = new FakeHouse(clock);
        var pending = new PendingCalls(clock, new Stragglers(window: 64, most: 0));
        var submission = new FakeSubmission();
        var due = new Dictionary<long, long>();
        var id = new long[1];
        var tick = StreamConnection.Tick.Ticks;
        for (var step = 0; step < 100; step++)
        {
            for (var i = random.Next(5); i > 0; i--)
            {
                var call = house.Calls(submission, 1, random.Next(1, random.Next(2) == 0 ? 100 : 30_000));
                pending.Open(call, clock.GetTimestamp(), id);
                due.Add(id[0], clock.GetTimestamp() + (call[0].TimeoutMs * TimeSpan.TicksPerMillisecond));
            }

            if (due.Count > 0 && random.Next(3) == 0)
            {
                id[0] = due.Keys.ElementAt(random.Next(due.Count));
                Assert.True(pending.TrySettle(id[0], out _, out _));
                pending.Release(id);
                due.Remove(id[0]);
            }

            clock.Advance(TimeSpan.FromMilliseconds(random.Next(random.Next(10) == 0 ? 20_000 : 40)));
            var now = clock.GetTimestamp();
            var expired = new List<long>();
            pending.CollectExpired(now, expired);
            Assert.All(expired, e => Assert.True(due[e] <= now, "never early"));
            foreach (var e in expired)
            {
                id[0] = e;
                Assert.True(pending.TrySettle(e, out _, out _));
                pending.Release(id);
                due.Remove(e);
            }

            Assert.All(due.Values, d => Assert.True(d > now - (3 * tick), "never more than two ticks late"));
        }

        Assert.Equal(due.Count, pending.Count);
    });

    [Fact]
    public async Task TrySettle_FromSeveralThreads_EachCallHasOneWinner()
    {
        const int Count = 64;
        const int Rounds = 200;
        var house = new FakeHouse();
        var pending = new PendingCalls(TimeProvider.System, new Stragglers(window: 64, most: 0));
        var submission = new FakeSubmission();
        for (var round = 0; round < Rounds; round++)
        {
            var ids = new long[Count];
            pending.Open(house.Calls(submission, Count), 0, ids);
            var wins = new int[Count];
            await Task.WhenAll(Enumerable.Range(0, 3).Select(seed => Task.Run(() =>
            {
                var order = Enumerable.Range(0, Count).ToArray();
                new Random((round * 3) + seed).Shuffle(order);
                foreach (var i in order)
                {
                    if (pending.TrySettle(ids[i], out var slot, out _))
                    {
                        Interlocked.Increment(ref wins[slot.Ordinal]);
                        pending.Release([ids[i]]);
                    }
                }
            })));

            Assert.All(wins, static w => Assert.Equal(1, w));
            Assert.Equal(0, pending.Count);
        }
    }

    [Fact]
    public void Collect_OneSubmission_FindsItsOpenCallsOnly()
    {
        var house = new FakeHouse();
        var pending = new PendingCalls(TimeProvider.System, new Stragglers(window: 64, most: 0));
        var (mine, other) = (new FakeSubmission(), new FakeSubmission());
        var (ids, otherIds) = (new long[3], new long[100]);
        pending.Open(house.Calls(other, 100), 0, otherIds);
        pending.Open(house.Calls(mine, 3), 0, ids);
        Assert.True(pending.TrySettle(ids[1], out _, out _));
        var open = new List<(long Id, long EndPosition)>();
        pending.Collect(mine, open);

        Assert.Equal(new[] { ids[0], ids[2] }.Order(), open.Select(static o => o.Id).Order());
    }

    [Fact]
    public void Collect_SingleCall_FindsItWhereItIsAndNowhereElse()
    {
        var house = new FakeHouse();
        var (here, there) = (new PendingCalls(TimeProvider.System, new Stragglers(64, 0)), new PendingCalls(TimeProvider.System, new Stragglers(64, 0)));
        var single = new Penstock.Calls.SingleSubmission(TimeProvider.System);
        var (id, others) = (new long[1], new long[100]);
        here.Open(house.Calls(new FakeSubmission(), 100), 0, others);
        there.Open(house.Calls(new FakeSubmission(), 100), 0, others);
        Assert.Empty(Collect(here));
        here.Open(house.Calls(single, 1), 0, id);
        Assert.Equal(id, Collect(here));
        Assert.Empty(Collect(there));

        Assert.True(here.TrySettle(id[0], out _, out _));
        here.Release(id);
        Assert.Empty(Collect(here));
        there.Open(house.Calls(single, 1), 0, id);
        Assert.Equal(id, Collect(there));

        IEnumerable<long> Collect(PendingCalls pending)
        {
            var open = new List<(long Id, long EndPosition)>();
            pending.Collect(single, open);
            return open.Select(static o => o.Id);
        }
    }

    [Fact]
    public void TryAnswer_LineIsNotWrittenYet_Misses()
    {
        var house = new FakeHouse();
        var pending = new PendingCalls(TimeProvider.System, new Stragglers(64, 0));
        var id = new long[1];
        pending.Open(house.Calls(new FakeSubmission(), 1), 0, id);
        Assert.False(pending.TryAnswer(id[0], out _, out _));
        pending.SetEnd(id[0], 100);
        Assert.False(pending.TrySettle(id[0], last: 99, out _, out _));
        Assert.True(pending.TryAnswer(id[0], out _, out _));
        Assert.False(pending.TryAnswer(id[0], out _, out _));
    }
}
