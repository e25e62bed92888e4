namespace Penstock.Memory;

/// <summary>A lent piece of a page. Whoever holds the value owns the bytes; it goes back to the <see cref="CellPool"/> it came from, once.</summary>
internal struct Cell
{
    public byte[]? Page;
    public int Offset;

    /// <summary>Which size the cell has; see <see cref="CellPool"/>.</summary>
    public byte SizeClass;
}
