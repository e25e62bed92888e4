using Penstock.Calls;
using Penstock.Connections;
using Penstock.Testing;
using Penstock.Tests.Protocol;
using Xunit;

namespace Penstock.Tests.Connections;

public sealed class PendingCallsProperties
{
    [Fact]
    public void TimerWheel_RandomHistory_AgreesWithANaiveModel() => Seeds.Check(300, static random =>
    {
        var clock = new ManualTimeProvider();
        var pending = new PendingCalls(clock, new Stragglers(window: 64, most: 0));
        var slots = new Slots();
        var submission = new Recorder();
        var due = new Dictionary<long, long>();
        var tick = StreamConnection.Tick.Ticks;
        for (var step = 0; step < 200; step++)
        {
            switch (random.Next(4))
            {
                case 0:
                    var made = new CallSlot[random.Next(1, 8)];
                    var ids = new long[made.Length];
                    var now = clock.GetTimestamp();
                    for (var i = 0; i < made.Length; i++)
                    {
                        // From no time at all to several turns of the wheel.
                        var timeout = random.Next(3) == 0 ? random.Next(1, 50) : random.Next(1, 40_000);
                        made[i] = slots.Make(submission, step, timeout, random.Next(5) == 0 ? now + random.Next(1_000_000) : long.MaxValue);
                    }

                    pending.Open(made, now, ids);
                    for (var i = 0; i < made.Length; i++)
                    {
                        due.Add(ids[i], Math.Min(made[i].Deadline, now + (made[i].TimeoutMs * TimeSpan.TicksPerMillisecond)));
                    }

                    break;
                case 1 when due.Count > 0:
                    End(due.Keys.ElementAt(random.Next(due.Count)));
                    break;
                default:
                    clock.Advance(TimeSpan.FromMilliseconds(random.Next(10) == 0 ? random.Next(60_000) : random.Next(100)));
                    var at = clock.GetTimestamp();
                    var expired = new List<long>();
                    pending.CollectExpired(at, expired);
                    foreach (var id in expired)
                    {
                        Assert.True(due[id] <= at, "never early");
                        End(id);
                    }

                    // Never more than two ticks late.
                    Assert.All(due.Values, time => Assert.True(time > at - (2 * tick)));
                    break;
            }

            Assert.Equal(due.Count, pending.Count);
        }

        void End(long id)
        {
            Assert.True(pending.TrySettle(id, out _, out _));
            pending.Release([id]);
            due.Remove(id);
        }
    });

    [Fact]
    public void TrySettle_FromFourThreads_EachCallIsWonOnce() => Seeds.Check(20, static random =>
    {
        var pending = new PendingCalls(TimeProvider.System, new Stragglers(window: 64, most: 0));
        var slots = new Slots();
        var submission = new Recorder();
        for (var round = 0; round < 20; round++)
        {
            var made = new CallSlot[random.Next(1, 200)];
            for (var i = 0; i < made.Length; i++)
            {
                made[i] = slots.Make(submission, i);
            }

            var ids = new long[made.Length];
            pending.Open(made, TimeProvider.System.GetTimestamp(), ids);
            var won = new int[made.Length];
            Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
            {
                var mine = new List<long>();
                for (var i = 0; i < ids.Length; i++)
                {
                    var id = ids[thread % 2 == 0 ? i : ids.Length - 1 - i];
                    if (pending.TrySettle(id, out var slot, out _))
                    {
                        Interlocked.Increment(ref won[slot.Ordinal]);
                        mine.Add(id);
                    }
                }

                pending.Release([.. mine]);
            });
            Assert.All(won, static count => Assert.Equal(1, count));
            Assert.Equal(0, pending.Count);
        }
    });
}
