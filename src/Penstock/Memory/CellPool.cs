using System.Diagnostics;
using System.Numerics;

namespace Penstock.Memory;

/// <summary>
/// The request bytes of one server's calls: pages cut into cells of one size each. A call's bytes are copied into a cell once, at intake,
/// and stay there until the call ends, through waiting, writing and sending again; no byte is ever moved. A page goes home with the last of
/// its cells, and cells are taken from the page that opened last (<see cref="Occupancy"/>), so that the emptier ones drain. Pages are what the
/// account is charged with: a pool holds those with a call in them, beside them at most one spare of each class, and nothing at all while it
/// has no calls.
/// </summary>
internal sealed class CellPool(PagePool pages, MemoryAccount account)
{
    private const int None = -1;

    /// <summary>Entries that a pool without calls keeps, of 56 bytes: enough for 32,768 small calls.</summary>
    private const int KeptEntries = 1024;

    private readonly MemoryAccount _account = account;
    private readonly long _share = account.Limit / 4;
    private readonly Lock _gate = new();

    /// <summary>By class, the first of the open pages.</summary>
    private readonly int[] _open = CreateHeads();
    private readonly int[] _spare = CreateHeads();
    private Entry[] _entries = [];
    private int _entryCount;
    private int _freeEntry = None;

    /// <summary>A bit for each class that has a spare page.</summary>
    private uint _spares;
    private int _leased;
    private long _everLeased;
    private long _bytes;

    /// <summary>Cells out at this moment.</summary>
    public int Leased => Volatile.Read(ref _leased);

    /// <summary>What the pool has charged the account with: its pages, and what the calls in them hold elsewhere.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>
    /// Whether the pool holds more than a quarter of the account: sources that address its server wait. The account's
    /// <see cref="MemoryAccount.RoomFreed"/> tells the end of it as well. A pool without calls holds nothing, so one call can always enter.
    /// </summary>
    public bool IsOverShare => Bytes > _share;

    /// <summary>Leases a cell of at least <paramref name="length"/> bytes.</summary>
    public Cell Lease(int length)
    {
        var sizeClass = CellShape.Of(length);
        return sizeClass == CellShape.Oversize ? LeaseOversize(length) : LeaseCell(sizeClass);
    }

    /// <summary>Takes one cell back and clears it.</summary>
    public void Return(ref Cell cell)
    {
        using var run = new ReturnRun(this);
        run.Add(ref cell);
    }

    /// <summary>Opens a run of returns under one lock: what a burst of answers gives back at once.</summary>
    public ReturnRun BeginReturn() => new(this);

    private static int[] CreateHeads()
    {
        var heads = new int[CellShape.All.Length];
        Array.Fill(heads, None);
        return heads;
    }

    private Cell LeaseCell(byte sizeClass)
    {
        ref readonly var shape = ref CellShape.All[sizeClass];
        lock (_gate)
        {
            var index = _open[sizeClass];
            if (index == None)
            {
                index = OpenPage_NeedsLock(sizeClass, in shape);
            }

            ref var entry = ref _entries[index];
            var cell = entry.Cells.Take(++_everLeased);
            if (!entry.Cells.IsOpen)
            {
                Unlink_NeedsLock(sizeClass, in entry);
            }

            _leased++;
            return new Cell
            {
                Page = entry.Page,
                PageIndex = index,
                Offset = (ushort)(cell * shape.Size),
                SizeClass = sizeClass,
                Index = (byte)cell,
            };
        }
    }

    private Cell LeaseOversize(int length)
    {
        var page = pages.LeaseOversize(length);
        var charge = page.Length + CellShape.CallBytes;
        lock (_gate)
        {
            _leased++;
            _bytes += charge;
        }

        _account.Add(charge);
        return new Cell { Page = page, SizeClass = CellShape.Oversize };
    }

    /// <returns>What the account gets back, once the lock is left.</returns>
    private long Return_NeedsLock(ref Cell cell)
    {
        var page = cell.Page;
        Debug.Assert(page is not null && _leased > 0, "a cell came home twice");
        cell.Page = null;
        _leased--;
        long released;
        if (cell.SizeClass == CellShape.Oversize)
        {
            released = page.Length + CellShape.CallBytes;
            pages.Return(page);
        }
        else
        {
            released = ReturnToPage_NeedsLock(in cell, page);
        }

        if (_leased == 0)
        {
            released += ReleaseSpares_NeedsLock();
        }

        if (released != 0)
        {
            _bytes -= released;
        }

        return released;
    }

    private long ReturnToPage_NeedsLock(in Cell cell, byte[] page)
    {
        ref readonly var shape = ref CellShape.All[cell.SizeClass];
        ref var entry = ref _entries[cell.PageIndex];
        Debug.Assert(ReferenceEquals(page, entry.Page) && entry.Cells.IsTaken(cell.Index), "a cell came home twice, or to the wrong pool");
        LeakGuard.Poison(page.AsSpan(cell.Offset, shape.Size));

        // From half of the share on, memory is worth more than what resting pages spare the caches.
        if (entry.Cells.Give(cell.Index, _everLeased, _leased, isScarce: _bytes > _share / 2))
        {
            Link_NeedsLock(cell.SizeClass, cell.PageIndex);
        }

        if (!entry.Cells.IsEmpty)
        {
            return 0;
        }

        Unlink_NeedsLock(cell.SizeClass, in entry);
        if (MayKeepSpare_NeedsLock(cell.SizeClass, in shape))
        {
            _spare[cell.SizeClass] = cell.PageIndex;
            _spares |= 1u << cell.SizeClass;
            return 0;
        }

        return ReleasePage_NeedsLock(cell.SizeClass, cell.PageIndex);
    }

    /// <summary>
    /// A spare spares the page pool a class whose calls come and go by one. Not for large pages, where the copying costs more than the page, and
    /// not while half of the account is used: spares of idle classes take no more than that from those who need it.
    /// </summary>
    private bool MayKeepSpare_NeedsLock(byte sizeClass, in CellShape shape) =>
        (_spares & (1u << sizeClass)) == 0
        && shape.PageSize < PagePool.PageSize
        && _account.Used < _account.Limit / 2;

    private int OpenPage_NeedsLock(byte sizeClass, in CellShape shape)
    {
        var index = _spare[sizeClass];
        if (index != None)
        {
            _spare[sizeClass] = None;
            _spares &= ~(1u << sizeClass);
        }
        else
        {
            var page = pages.Lease(shape.PageSize);
            index = TakeEntry_NeedsLock();
            _entries[index].Page = page;
            _bytes += shape.Charge;
            _account.Add(shape.Charge);
        }

        _entries[index].Cells = new Occupancy(shape.AllFree);
        Link_NeedsLock(sizeClass, index);
        return index;
    }

    private long ReleasePage_NeedsLock(byte sizeClass, int index)
    {
        ref var entry = ref _entries[index];
        pages.Return(entry.Page!);
        entry.Page = null;
        entry.Next = _freeEntry;
        _freeEntry = index;
        return CellShape.All[sizeClass].Charge;
    }

    /// <summary>The last call is gone: nothing stays.</summary>
    private long ReleaseSpares_NeedsLock()
    {
        long released = 0;
        for (; _spares != 0; _spares &= _spares - 1)
        {
            var sizeClass = (byte)BitOperations.TrailingZeroCount(_spares);
            released += ReleasePage_NeedsLock(sizeClass, _spare[sizeClass]);
            _spare[sizeClass] = None;
        }

        if (_entries.Length > KeptEntries)
        {
            _entries = [];
            _entryCount = 0;
            _freeEntry = None;
        }

        return released;
    }

    private int TakeEntry_NeedsLock()
    {
        var index = _freeEntry;
        if (index != None)
        {
            _freeEntry = _entries[index].Next;
            return index;
        }

        if (_entryCount == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(8, 2 * _entryCount));
        }

        return _entryCount++;
    }

    private void Link_NeedsLock(byte sizeClass, int index)
    {
        ref var entry = ref _entries[index];
        entry.Next = _open[sizeClass];
        entry.Previous = None;
        if (entry.Next != None)
        {
            _entries[entry.Next].Previous = index;
        }

        _open[sizeClass] = index;
    }

    private void Unlink_NeedsLock(byte sizeClass, in Entry entry)
    {
        if (entry.Previous == None)
        {
            _open[sizeClass] = entry.Next;
        }
        else
        {
            _entries[entry.Previous].Next = entry.Next;
        }

        if (entry.Next != None)
        {
            _entries[entry.Next].Previous = entry.Previous;
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
            var isBackInShare = _pool._bytes <= _pool._share && _pool._bytes + _released > _pool._share;
            _pool._gate.Exit();
            _pool._account.Release(_released);
            if (isBackInShare)
            {
                _pool._account.RoomFreed?.Invoke();
            }
        }
    }

    /// <summary>One page. Linked while it is open and has calls; its place is free while it has no page.</summary>
    private struct Entry
    {
        public byte[]? Page;
        public Occupancy Cells;
        public int Next;
        public int Previous;
    }
}
