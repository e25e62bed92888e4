using System.Numerics;

namespace Penstock.Memory;

/// <summary>One size of cells, and the page that such cells are cut from.</summary>
internal readonly struct CellShape
{
    /// <summary>The class of a cell that is a buffer of its own.</summary>
    public const byte Oversize = byte.MaxValue;

    /// <summary>
    /// What a call holds beside its cell, in bytes: its slot and outcome in a slab while it waits, its entry in a connection's table once it
    /// is written. Charged with the cell, since the two live and die together.
    /// </summary>
    public const int CallBytes = 144;

    public static readonly CellShape[] All =
    [
        // Two sizes per power of two: at most a third of a cell is slack. 16 to 64 cells a page: a slow call pins one small page, at one
        // slow call in a hundred two pages of three drain without it (with 512 cells a page none would), and one word says which cells are free.
        .. Cut(PagePool.SmallPageSize, 64, 96, 128, 192, 256),
        .. Cut(PagePool.MediumPageSize, 384, 512, 768, 1024),
        .. Cut(PagePool.PageSize, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 32768, 65536),
    ];

    private CellShape(int size, int pageSize)
    {
        var count = pageSize / size;
        Size = size;
        PageSize = pageSize;
        Charge = pageSize + (count * CallBytes);
        AllFree = ulong.MaxValue >> (64 - count);
    }

    /// <summary>Bytes of one cell.</summary>
    public int Size { get; }

    /// <summary>Bytes of one page.</summary>
    public int PageSize { get; }

    /// <summary>What a page of such cells is charged with.</summary>
    public int Charge { get; }

    /// <summary>One bit for each cell of a page.</summary>
    public ulong AllFree { get; }

    /// <summary>The class of the smallest cell that <paramref name="length"/> bytes fit in.</summary>
    public static byte Of(int length)
    {
        if (length <= 64)
        {
            return 0;
        }

        if (length > 16384)
        {
            return length <= 32768 ? (byte)17 : length <= 65536 ? (byte)18 : Oversize;
        }

        // The power of two below, and whether the upper or the lower half of the way to the next.
        var power = BitOperations.Log2((uint)(length - 1));
        return (byte)(1 + (2 * (power - 6)) + (((length - 1) >> (power - 1)) & 1));
    }

    private static CellShape[] Cut(int pageSize, params ReadOnlySpan<int> sizes)
    {
        var shapes = new CellShape[sizes.Length];
        for (var i = 0; i < sizes.Length; i++)
        {
            shapes[i] = new CellShape(sizes[i], pageSize);
        }

        return shapes;
    }
}
