using System.Numerics;

namespace Penstock.Jobs.Rows;

/// <summary>
/// Numbers of rows, a bit each, in pages: a million failed rows of a file of a hundred million take 12 MB at most, and one row far out takes a
/// page. Filled by one thread, then only read.
/// </summary>
internal sealed class RowSet
{
    /// <summary>The highest number that a row may have, as a range's.</summary>
    public const long MaxRow = 1L << 50;

    /// <summary>8 KB a page.</summary>
    private const int RowsPerPage = 1 << 16;

    private readonly SortedList<long, ulong[]> _pages = [];

    /// <summary>The page that was asked last: rows are asked in their order.</summary>
    private ulong[]? _last;
    private long _lastPage = -1;

    /// <summary>The number after the highest; 0 = none.</summary>
    public long End { get; private set; }

    public void Add(long row)
    {
        var page = Page(row / RowsPerPage);
        if (page is null)
        {
            _pages.Add(row / RowsPerPage, page = new ulong[RowsPerPage / 64]);
            _last = page;
        }

        page[row % RowsPerPage / 64] |= 1UL << (int)(row % 64);
        End = Math.Max(End, row + 1);
    }

    public bool Contains(long row) => row < End && Page(row / RowsPerPage) is { } page && (page[row % RowsPerPage / 64] >> (int)(row % 64) & 1) != 0;

    /// <summary>The first row of the set from <paramref name="row"/> on; <see cref="End"/> or more if there is none.</summary>
    public long Next(long row)
    {
        while (row < End)
        {
            if (Page(row / RowsPerPage) is not { } page)
            {
                row = FirstOfPageAfter(row / RowsPerPage);
                continue;
            }

            var word = page[row % RowsPerPage / 64] >> (int)(row % 64);
            if (word != 0)
            {
                return row + BitOperations.TrailingZeroCount(word);
            }

            row = (row / 64 + 1) * 64;
        }

        return row;
    }

    private ulong[]? Page(long page)
    {
        if (page != _lastPage)
        {
            _last = _pages.GetValueOrDefault(page);
            _lastPage = page;
        }

        return _last;
    }

    /// <summary>Pages are in their order; there is one, since the highest row is in the last.</summary>
    private long FirstOfPageAfter(long page)
    {
        var (low, high) = (0, _pages.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _pages.GetKeyAtIndex(middle) > page ? (low, middle) : (middle + 1, high);
        }

        return _pages.GetKeyAtIndex(low) * RowsPerPage;
    }
}
