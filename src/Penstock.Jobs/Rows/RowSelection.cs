namespace Penstock.Jobs.Rows;

/// <summary>Which rows of an input are run. Pure: it depends on the row's number alone, so that the same rows come whatever the machine does.</summary>
/// <param name="Limit">So many rows at most; null = all.</param>
/// <param name="Share">The share of the rows that is run, above 0 to 1.</param>
/// <param name="Seed">What the share is drawn from.</param>
internal readonly record struct RowSelection(long? Limit, double Share, int Seed)
{
    public static RowSelection All { get; } = new(null, 1, 0);

    /// <summary>The first row that is run.</summary>
    public long First { get; init; }

    /// <summary>The only rows that are run; null = all.</summary>
    public RowSet? Only { get; init; }

    /// <summary>No row from this on is run.</summary>
    public long End => Only?.End ?? long.MaxValue;

    /// <summary>Whether the row is run. A larger share of the same seed has it too.</summary>
    public bool Draws(long row) => row >= First && (Only is null || Only.Contains(row)) && Shares(row);

    /// <summary>The first row from <paramref name="row"/> on that is perhaps run: what is passed over is not. May be beyond <see cref="End"/>.</summary>
    public long Next(long row)
    {
        row = Math.Max(row, First);
        return Only is null ? row : Only.Next(row);
    }

    /// <summary>How many of the rows <paramref name="start"/> to <paramref name="end"/> - 1 are run.</summary>
    public long Count(long start, long end)
    {
        end = Math.Min(end, End);
        start = Next(start);
        if (Only is null && Share >= 1)
        {
            return Math.Max(0, end - start);
        }

        var count = 0L;
        for (var row = start; row < end; row = Next(row + 1))
        {
            count += Shares(row) ? 1 : 0;
        }

        return count;
    }

    private bool Shares(long row) => Share >= 1 || (Mix((ulong)row + Mix((ulong)(uint)Seed)) >> 11) * (1.0 / (1L << 53)) < Share;

    /// <summary>The finalizer of SplitMix64 (Steele, Lea and Flood 2014).</summary>
    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
