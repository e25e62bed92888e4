using System.Diagnostics;
using System.Runtime.InteropServices;
using Penstock.Calls;
using Penstock.Memory;

namespace Penstock.Connections;

/// <summary>
/// The calls that one connection has written and that are not answered yet. An id on the wire is an entry's index and its generation, so
/// that an answer finds its call without a dictionary and a late one misses. Answer, timeout, cancellation and death all settle an
/// entry by one compare-exchange on its key: whoever wins owns the slot, and nobody else ever does.
/// </summary>
internal sealed class PendingCalls(TimeProvider clock, Stragglers stragglers)
{
    /// <summary>Bits of an id that are the entry's index; the rest, below 2^53, is the generation.</summary>
    public const int IndexBits = 20;

    /// <summary>No entry has this index: ids of the connection's own requests carry it.</summary>
    public const int ReservedIndex = (1 << IndexBits) - 1;

    /// <summary>The end of a call whose line is not written yet.</summary>
    public const long Unwritten = long.MaxValue;

    /// <summary>A generation's bits and the open bit: after 2^33 calls of one entry its ids come round again, long forgotten.</summary>
    private const long KeyMask = (1L << (53 - IndexBits + 1)) - 1;

    private const int PageBits = 6;
    private const int PageLength = 1 << PageBits;

    /// <summary>The page after these would hold the reserved index. All windows and stragglers that may be asked for fit in.</summary>
    private const int MaxPages = ReservedIndex >> PageBits;
    private const int None = -1;

    private readonly Lock _gate = new();
    private readonly TimerWheel _wheel = new(clock);
    private volatile Entry[][] _pages = [];
    private Occupancy[] _occupancy = [];

    /// <summary>The open pages; entries are taken from the last of them.</summary>
    private int[] _open = [];
    private int _openCount;
    private long _everOpened;
    private int _count;
    private int _counted;

    /// <summary>Calls written and not yet released.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Of these, the calls that count against the window: all but the stragglers.</summary>
    public int Counted => Volatile.Read(ref _counted);

    /// <summary>Takes calls over and gives each its id. One writer at a time.</summary>
    /// <param name="slots">The calls; they move.</param>
    /// <param name="now">Timestamp of the write.</param>
    /// <param name="ids">Receives the ids.</param>
    public void Open(ReadOnlySpan<CallSlot> slots, long now, Span<long> ids)
    {
        var tick = _wheel.TickOf(now);
        lock (_gate)
        {
            for (var i = 0; i < slots.Length; i++)
            {
                var index = Take_NeedsLock();
                ref var entry = ref EntryAt(index);
                entry.Slot = slots[i];
                entry.Slot.Attempts++;
                entry.Sent = now;
                entry.Tick = tick;
                entry.EndPosition = Unwritten;
                var due = now + (slots[i].TimeoutMs * clock.TimestampFrequency / 1000);
                entry.IsDeadline = slots[i].Deadline < due;
                _wheel.Add_NeedsLock(this, index, ref entry, Math.Min(due, slots[i].Deadline));
                ids[i] = (entry.Key >> 1 << IndexBits) | (uint)index;
                if (slots[i].Submission is SingleSubmission single)
                {
                    single.PendingId = ids[i];
                }

                Volatile.Write(ref entry.Key, entry.Key | 1);
            }

            stragglers.Opened(tick, slots.Length);
            Count_NeedsLock(slots.Length);
        }
    }

    /// <summary>Notes where, in the stream of bytes written, the call's line ends. From here on the writer does not look at its bytes any more.</summary>
    public void SetEnd(long id, long position) => Volatile.Write(ref EntryAt((int)id & ReservedIndex).EndPosition, position);

    /// <summary>Ends the call's time in this table, if it is still there. The winner owns the slot, and must release the id.</summary>
    public bool TrySettle(long id, out CallSlot slot, out long sent) => TrySettle(id, Unwritten, out slot, out sent);

    /// <summary>As the other, for an answer: one to a line that is not written yet misses, since the call's bytes are still being copied.</summary>
    public bool TryAnswer(long id, out CallSlot slot, out long sent) => TrySettle(id, Unwritten - 1, out slot, out sent);

    /// <summary>As the others; misses a call whose end lies beyond <paramref name="last"/>.</summary>
    public bool TrySettle(long id, long last, out CallSlot slot, out long sent)
    {
        var index = (int)id & ReservedIndex;
        var pages = _pages;
        if (id >= 0 && index >> PageBits < pages.Length)
        {
            ref var entry = ref pages[index >> PageBits][index & (PageLength - 1)];
            var open = (id >> IndexBits << 1) | 1;

            // The key comes first: the position that is read after it is of the same call. The next generation starts closed: a second answer
            // finds neither key.
            if (Volatile.Read(ref entry.Key) == open
                && Volatile.Read(ref entry.EndPosition) <= last
                && Interlocked.CompareExchange(ref entry.Key, (open + 1) & KeyMask, open) == open)
            {
                slot = entry.Slot;
                sent = entry.Sent;
                return true;
            }
        }

        slot = default;
        sent = 0;
        return false;
    }

    /// <summary>Gives entries of settled calls back for reuse.</summary>
    public void Release(ReadOnlySpan<long> ids)
    {
        lock (_gate)
        {
            foreach (var id in ids)
            {
                var index = (int)id & ReservedIndex;
                ref var entry = ref EntryAt(index);
                Debug.Assert((entry.Key & 1) == 0, "only settled entries are released");
                _wheel.Remove_NeedsLock(this, ref entry);
                stragglers.Released(entry.Tick);
                entry.Slot = default;
                if (_occupancy[index >> PageBits].Give(index & (PageLength - 1), _everOpened, _count, isScarce: false))
                {
                    _open[_openCount++] = index >> PageBits;
                }
            }

            Count_NeedsLock(-ids.Length);
        }
    }

    /// <summary>Lets calls leave the count that are late beside their peers.</summary>
    /// <param name="now">The timestamp that it is.</param>
    /// <param name="median">Median time from write to answer, in timestamp units.</param>
    /// <returns>Whether the window has more room for it.</returns>
    public bool MarkStragglers(long now, long median)
    {
        lock (_gate)
        {
            var before = stragglers.Count;
            stragglers.Mark(_wheel.TickOf(now), _wheel.InTicks(median));
            Count_NeedsLock(0);
            return stragglers.Count > before;
        }
    }

    /// <summary>Collects ids of calls whose time is over. They are not settled yet.</summary>
    public void CollectExpired(long now, List<long> ids)
    {
        lock (_gate)
        {
            _wheel.Collect_NeedsLock(this, now, ids);
        }
    }

    /// <summary>Collects ids of open calls, all of them or those of one submission, with the position of each one's end.</summary>
    public void Collect(Submission? submission, List<(long Id, long EndPosition)> open)
    {
        lock (_gate)
        {
            // A single call says where it is, or was: whole tables are looked through for streams only.
            var (first, count) = submission is SingleSubmission single ? ((int)single.PendingId & ReservedIndex, 1) : (0, _pages.Length * PageLength);
            for (var index = first; index < Math.Min(first + count, _pages.Length * PageLength); index++)
            {
                ref var entry = ref EntryAt(index);
                var key = Volatile.Read(ref entry.Key);
                if ((key & 1) == 1 && (submission is null || ReferenceEquals(entry.Slot.Submission, submission)))
                {
                    open.Add(((key >> 1 << IndexBits) | (uint)index, entry.EndPosition));
                }
            }
        }
    }

    /// <summary>Whether it is the call's deadline, and not its timeout, that comes first. Only for the owner of a settled id.</summary>
    public bool EndsByDeadline(long id) => EntryAt((int)id & ReservedIndex).IsDeadline;

    private void Count_NeedsLock(int change)
    {
        _count += change;
        _counted = _count - stragglers.Count;
    }

    private ref Entry EntryAt(int index) => ref _pages[index >> PageBits][index & (PageLength - 1)];

    private int Take_NeedsLock()
    {
        if (_openCount == 0)
        {
            if (_pages.Length < MaxPages)
            {
                Grow_NeedsLock();
            }
            else
            {
                OpenAll_NeedsLock();
            }
        }

        var page = _open[_openCount - 1];
        ref var occupancy = ref _occupancy[page];
        var index = (page << PageBits) | occupancy.Take(++_everOpened);
        if (!occupancy.IsOpen)
        {
            _openCount--;
        }

        return index;
    }

    private void Grow_NeedsLock()
    {
        var page = new Entry[PageLength];
        for (var i = 0; i < PageLength; i++)
        {
            page[i].Key = 2;
        }

        var number = _pages.Length;
        _pages = [.. _pages, page];
        if (_occupancy.Length == number)
        {
            Array.Resize(ref _occupancy, Math.Max(1, 2 * number));
            Array.Resize(ref _open, _occupancy.Length);
        }

        _occupancy[number] = new Occupancy(ulong.MaxValue);
        _open[_openCount++] = number;
    }

    /// <summary>No page can be added: those that rest must do.</summary>
    private void OpenAll_NeedsLock()
    {
        for (var page = 0; page < _pages.Length; page++)
        {
            if (_occupancy[page].TryOpen())
            {
                _open[_openCount++] = page;
            }
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Entry
    {
        /// <summary>Generation, shifted left by one; the lowest bit is set while the entry is open.</summary>
        public long Key;
        public CallSlot Slot;
        public long Sent;

        /// <summary>The tick of <see cref="Sent"/>.</summary>
        public long Tick;
        public long EndPosition;
        public long Due;
        public int Next;
        public int Previous;
        public int Bucket;
        public bool IsDeadline;
    }

    /// <summary>
    /// Deadlines of the open entries, as lists through the entries themselves: adding and removing cost a few stores, and nothing is left
    /// behind by a call that was answered. The clock is looked at once per tick, never per call.
    /// </summary>
    private sealed class TimerWheel
    {
        private const int Buckets = 512;

        private readonly int[] _heads = new int[Buckets];
        private readonly long _tick;
        private long _swept;

        public TimerWheel(TimeProvider clock)
        {
            _tick = Math.Max(1, clock.TimestampFrequency * (long)StreamConnection.Tick.TotalMilliseconds / 1000);
            _swept = TickOf(clock.GetTimestamp());
            Array.Fill(_heads, None);
        }

        public long TickOf(long timestamp) => timestamp / _tick;

        public double InTicks(long time) => (double)time / _tick;

        public void Add_NeedsLock(PendingCalls calls, int index, ref Entry entry, long due)
        {
            // Rounded up: never early.
            entry.Due = (due / _tick) + 1;
            entry.Bucket = (int)(Math.Max(entry.Due, _swept + 1) % Buckets);
            entry.Previous = None;
            entry.Next = _heads[entry.Bucket];
            if (entry.Next != None)
            {
                calls.EntryAt(entry.Next).Previous = index;
            }

            _heads[entry.Bucket] = index;
        }

        public void Remove_NeedsLock(PendingCalls calls, ref Entry entry)
        {
            if (entry.Previous == None)
            {
                _heads[entry.Bucket] = entry.Next;
            }
            else
            {
                calls.EntryAt(entry.Previous).Next = entry.Next;
            }

            if (entry.Next != None)
            {
                calls.EntryAt(entry.Next).Previous = entry.Previous;
            }
        }

        public void Collect_NeedsLock(PendingCalls calls, long now, List<long> ids)
        {
            var tick = TickOf(now);
            if (tick <= _swept)
            {
                return;
            }

            // After a long gap every bucket is looked at once.
            for (var t = Math.Max(_swept + 1, tick - Buckets + 1); t <= tick; t++)
            {
                for (var index = _heads[(int)(t % Buckets)]; index != None;)
                {
                    ref var entry = ref calls.EntryAt(index);
                    var key = Volatile.Read(ref entry.Key);
                    if (entry.Due <= tick && (key & 1) == 1)
                    {
                        ids.Add((key >> 1 << IndexBits) | (uint)index);
                    }

                    index = entry.Next;
                }
            }

            _swept = tick;
        }
    }
}
