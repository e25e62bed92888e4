using Penstock.Jobs.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

public sealed class RowSelectionTests
{
    private static readonly long[] ExpectedOfSeed1 = [28, 29, 49, 119, 190];

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.25)]
    [InlineData(0.999)]
    public void Draws_Share_IsAboutAsManyRows(double share)
    {
        const int Rows = 100_000;
        var count = new RowSelection(null, share, 7).Count(0, Rows);

        // Five standard deviations, of a draw that is the same on every machine.
        var deviation = Math.Sqrt(Rows * share * (1 - share));
        Assert.InRange(count, (Rows * share) - (5 * deviation), (Rows * share) + (5 * deviation));
    }

    [Fact]
    public void Draws_SameSeed_IsTheSameRowsAndAnotherSeedIsNot()
    {
        Assert.Equal(Rows(0.1, 1), Rows(0.1, 1));
        Assert.NotEqual(Rows(0.1, 1), Rows(0.1, 2));
        Assert.NotEqual(Rows(0.1, 1), Rows(0.1, -1));
    }

    /// <summary>Whoever noted the rows of a sample finds them again in any later version.</summary>
    [Fact]
    public void Draws_Seed1_IsTheseRows() => Assert.Equal(ExpectedOfSeed1, Rows(0.05, 1).Take(5));

    [Fact]
    public void Draws_LargerShare_HasTheRowsOfTheSmaller() => Assert.Empty(Rows(0.05, 3).Except(Rows(0.2, 3)));

    [Fact]
    public void Draws_All_IsEveryRow() => Assert.Equal(1000, RowSelection.All.Count(0, 1000));

    private static List<long> Rows(double share, int seed)
    {
        var selection = new RowSelection(null, share, seed);
        return [.. Enumerable.Range(0, 1000).Select(static i => (long)i).Where(selection.Draws)];
    }
}
