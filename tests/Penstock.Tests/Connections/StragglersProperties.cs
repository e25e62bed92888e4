using FsCheck;
using FsCheck.Fluent;
using Penstock.Connections;
using Xunit;

namespace Penstock.Tests.Connections;

public sealed class StragglersProperties
{
    /// <summary>A list of open calls and the rule, word for word.</summary>
    [Fact]
    public void Count_RandomWritesAndEnds_LeavesOutOnlyOldCallsAndNeverMoreThanWereAnswered() =>
        Prop.ForAll(
            Gen.Choose(0, 5_000).ArrayOf().ToArbitrary(),
            steps =>
            {
                var stragglers = new Stragglers(window: 8, most: 1_000_000);
                var open = new List<long>();
                var tick = 0L;
                var ended = 0;
                var left = 0;
                foreach (var step in steps)
                {
                    var before = stragglers.Count;
                    switch (step % 3)
                    {
                        case 0:
                            stragglers.Opened(tick, (step % 7) + 1);
                            open.AddRange(Enumerable.Repeat(tick, (step % 7) + 1));
                            break;
                        case 1 when open.Count > 0:
                            var index = step % open.Count;
                            stragglers.Released(open[index]);
                            open.RemoveAt(index);
                            ended++;
                            break;
                        default:
                            tick += step / 3;
                            stragglers.Mark(tick, medianTicks: 2);
                            break;
                    }

                    // 100 ms and ten medians of two ticks: 20 ticks.
                    Assert.InRange(stragglers.Count, 0, open.Count(t => tick - t > 20));
                    left += Math.Max(0, stragglers.Count - before);
                    Assert.InRange(left, 0, ended);
                }

                open.ForEach(stragglers.Released);
                Assert.Equal(0, stragglers.Count);
            }).QuickCheckThrowOnFailure();
}
