namespace Penstock.Memory;

/// <summary>A lent piece of a page. Whoever holds the value owns the bytes; it goes back to the <see cref="CellPool"/> it came from, once.</summary>
internal struct Cell
{
    public byte[]? Page;

    /// <summary>Which of the pool's pages it lies in.</summary>
    public int PageIndex;

    /// <summary>Where in the page; below 64 Ki.</summary>
    public ushort Offset;

    /// <summary>Which size the cell has; see <see cref="CellShape"/>.</summary>
    public byte SizeClass;

    /// <summary>Which of its page's cells it is.</summary>
    public byte Index;
}
