using System.Numerics;
using System.Text.Json;

namespace Penstock.Jobs.Rows;

/// <summary>
/// Numbers of rows, a bit each, in pages: a million failed rows of a file of a hundred million take 12 MB at most, and one row far out takes a
/// page. Beside them what the rows were called then, so that another row in the place of one is seen. Filled by one thread, then only read.
/// </summary>
internal sealed class RowSet
{
    /// <summary>The highest number that a row may have, as a range's.</summary>
    public const long MaxRow = 1L << 50;

    /// <summary>8 KB a page.</summary>
    private const int RowsPerPage = 1 << 16;

    /// <summary>Some 30 bytes each. What is told of further rows is not kept.</summary>
    private const int MostIds = 1 << 20;

    private readonly SortedList<long, ulong[]> _pages = [];
    private readonly Dictionary<long, int> _ids = [];

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

    /// <summary>Keeps what a row of the set was called.</summary>
    /// <param name="row">The row.</param>
    /// <param name="id">A JSON string or number.</param>
    public void AddId(long row, ReadOnlySpan<byte> id)
    {
        if (_ids.Count < MostIds)
        {
            _ids[row] = HashOf(id);
        }
    }

    /// <summary>False if the row was surely called otherwise.</summary>
    /// <inheritdoc cref="AddId"/>
    public bool MayHaveId(long row, ReadOnlySpan<byte> id) => !_ids.TryGetValue(row, out var hash) || hash == HashOf(id);

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

    /// <summary>Of the text and not of its spelling: a record may have been written again by another program.</summary>
    private static int HashOf(ReadOnlySpan<byte> id)
    {
        var hash = new HashCode();
        if (!id.Contains((byte)'\\'))
        {
            hash.AddBytes(id.Trim((byte)'"'));
            return hash.ToHashCode();
        }

        try
        {
            var reader = new Utf8JsonReader(id);
            reader.Read();
            var text = new byte[id.Length];
            hash.AddBytes(text.AsSpan(0, reader.CopyString(text)));
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: no text, and the same bytes each time.
            hash.AddBytes(id);
        }

        return hash.ToHashCode();
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
