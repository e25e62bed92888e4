using System.Diagnostics;

namespace Penstock.Memory;

/// <summary>
/// The request bytes of one server's calls: pages cut into cells of one size each. A call's bytes are copied into a cell once, at intake,
/// and stay there until the call ends, through waiting, writing and sending again. A call therefore pins its own cell and nothing else:
/// neither a waiting server nor one slow call among a million holds a whole page for itself, and no byte is ever moved.
/// </summary>
internal sealed class CellPool(PagePool pages, MemoryAccount account)
{
    /// <summary>The class of a cell that is a buffer of its own.</summary>
    public const byte Oversize = byte.MaxValue;

    /// <summary>Pages that an idle pool keeps, so that a trickle of calls does not lease and release one for each.</summary>
    private const int IdlePages = 16;

    // Two sizes per power of two: at most a third of a cell is slack.
    private static readonly int[] Sizes =
        [64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384];

    private readonly MemoryAccount _account = account;
    private readonly Lock _gate = new();
    private readonly List<byte[]> _pages = [];
    private readonly FreeList[] _free = CreateFreeLists();
    private int _leased;
    private long _bytes;
    private bool _isRetired;

    /// <summary>Cells out at this moment.</summary>
    public int Leased => Volatile.Read(ref _leased);

    /// <summary>Bytes of the cells out at this moment, slack included.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Leases a cell of at least <paramref name="length"/> bytes.</summary>
    public Cell Lease(int length)
    {
        var sizeClass = ClassOf(length);
        if (sizeClass == Oversize)
        {
            var page = pages.LeaseOversize(length);
            lock (_gate)
            {
                _leased++;
                _bytes += page.Length;
            }

            _account.Add(page.Length);
            return new Cell { Page = page, SizeClass = Oversize };
        }

        var size = Sizes[sizeClass];
        Cell cell;
        lock (_gate)
        {
            _leased++;
            _bytes += size;
            ref var free = ref _free[sizeClass];
            if (free.Count == 0)
            {
                CutPage_NeedsLock(sizeClass);
            }

            cell = free.Cells[--free.Count];
        }

        _account.Add(size);
        return cell;
    }

    /// <summary>Takes one cell back and clears it.</summary>
    public void Return(ref Cell cell)
    {
        long released;
        lock (_gate)
        {
            released = Return_NeedsLock(ref cell);
        }

        _account.Release(released);
    }

    /// <summary>Opens a run of returns under one lock: what a burst of answers gives back at once.</summary>
    public ReturnRun BeginReturn() => new(this);

    /// <summary>Few calls or none will come: gives the pages back as soon as every cell is home, and no page is kept idle from here on.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            _isRetired = true;
            if (_leased == 0)
            {
                ReleasePages_NeedsLock();
            }
        }
    }

    private static byte ClassOf(int length)
    {
        for (var i = 0; i < Sizes.Length; i++)
        {
            if (length <= Sizes[i])
            {
                return (byte)i;
            }
        }

        return Oversize;
    }

    private static FreeList[] CreateFreeLists()
    {
        var lists = new FreeList[Sizes.Length];
        for (var i = 0; i < lists.Length; i++)
        {
            lists[i].Cells = [];
        }

        return lists;
    }

    private long Return_NeedsLock(ref Cell cell)
    {
        var page = cell.Page;
        Debug.Assert(page is not null && _leased > 0, "a cell came home twice");
        cell.Page = null;
        _leased--;
        if (cell.SizeClass == Oversize)
        {
            _bytes -= page.Length;
            pages.Return(page);
            return page.Length;
        }

        var size = Sizes[cell.SizeClass];
        LeakGuard.Poison(page.AsSpan(cell.Offset, size));
        _bytes -= size;
        ref var free = ref _free[cell.SizeClass];
        free.Cells[free.Count++] = new Cell { Page = page, Offset = cell.Offset, SizeClass = cell.SizeClass };
        if (_leased == 0 && (_isRetired || _pages.Count > IdlePages))
        {
            ReleasePages_NeedsLock();
        }

        return size;
    }

    private void CutPage_NeedsLock(byte sizeClass)
    {
        var page = pages.Lease();
        _pages.Add(page);
        ref var free = ref _free[sizeClass];
        var size = Sizes[sizeClass];
        var count = PagePool.PageSize / size;
        free.Owned += count;
        if (free.Cells.Length < free.Owned)
        {
            // Room for every cell of the class, so that a return never grows anything.
            Array.Resize(ref free.Cells, Math.Max(free.Owned, free.Cells.Length * 2));
        }

        for (var i = count - 1; i >= 0; i--)
        {
            free.Cells[free.Count++] = new Cell { Page = page, Offset = i * size, SizeClass = sizeClass };
        }
    }

    private void ReleasePages_NeedsLock()
    {
        foreach (var page in _pages)
        {
            pages.Return(page);
        }

        _pages.Clear();
        for (var i = 0; i < _free.Length; i++)
        {
            _free[i] = new FreeList { Cells = [] };
        }
    }

    /// <summary>Many returns under one lock. Disposing ends it.</summary>
    public ref struct ReturnRun
    {
        private readonly CellPool _pool;
        private long _released;

        public ReturnRun(CellPool pool)
        {
            _pool = pool;
            pool._gate.Enter();
        }

        public void Add(ref Cell cell) => _released += _pool.Return_NeedsLock(ref cell);

        public readonly void Dispose()
        {
            _pool._gate.Exit();
            _pool._account.Release(_released);
        }
    }

    private struct FreeList
    {
        public Cell[] Cells;
        public int Count;
        public int Owned;
    }
}
