using FsCheck;
using FsCheck.Fluent;
using Penstock.Jobs.Records;
using Xunit;

namespace Penstock.Jobs.Tests.Records;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentile_AnyTimes_IsNoLowerAndAtMostThreePercentHigher()
    {
        var ticks = Gen.Choose(0, int.MaxValue).Select(static i => (long)i * 37).NonEmptyListOf();

        Prop.ForAll(ticks.ToArbitrary(), static values =>
        {
            var histogram = new LatencyHistogram();
            foreach (var value in values)
            {
                histogram.Add(TimeSpan.FromTicks(value));
            }

            var sorted = values.Order().ToList();
            return new[] { 0.5, 0.99, 1.0 }.All(rank =>
            {
                var exact = sorted[(int)Math.Ceiling(rank * sorted.Count) - 1];
                var told = histogram.Percentile(rank).Ticks;
                return told >= exact && told <= exact + (exact / 31.0);
            });
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Percentile_NoTimes_IsZero()
    {
        var histogram = new LatencyHistogram();

        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (histogram.Percentile(0.99), histogram.Mean));
    }
}
