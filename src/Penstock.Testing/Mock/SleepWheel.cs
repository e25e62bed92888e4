namespace Penstock.Testing;

/// <summary>
/// Holds any number of sleeping answers on one timer: a ring of slots of 1 ms, in which an answer is a link in a list, so that adding and
/// removing one costs no allocation and no search. The timer is armed only for slots that hold something. An answer never leaves early.
/// </summary>
internal sealed class SleepWheel : IDisposable
{
    // About 4 s for one turn; longer sleeps meet the hand once a turn and stay.
    private const int Slots = 4096;
    private const int Mask = Slots - 1;
    private const long TickLength = TimeSpan.TicksPerMillisecond;

    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly PendingReply?[] _heads = new PendingReply?[Slots];
    private readonly PendingReply?[] _tails = new PendingReply?[Slots];
    private readonly ulong[] _occupied = new ulong[Slots / 64];

    // The last tick that was swept; everything due up to it is gone.
    private long _tick;
    private long _armedFor = long.MaxValue;
    private int _count;
    private bool _isDisposed;

    public SleepWheel(TimeProvider clock)
    {
        _clock = clock;
        _start = clock.GetTimestamp();
        _timer = clock.CreateTimer(static wheel => ((SleepWheel)wheel!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Count => Volatile.Read(ref _count);

    public void Add(PendingReply reply, TimeSpan delay)
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            var due = (Elapsed() + delay.Ticks + TickLength - 1) / TickLength;
            reply.DueTick = Math.Max(due, _tick + 1);
            Link_NeedsLock(reply);
            if (reply.DueTick < _armedFor)
            {
                Arm_NeedsLock(reply.DueTick);
            }
        }
    }

    /// <summary>Takes an answer off; false if it is not on the wheel, because it never was or because its time has come.</summary>
    public bool TryRemove(PendingReply reply)
    {
        lock (_lock)
        {
            if (!reply.IsOnWheel)
            {
                return false;
            }

            Unlink_NeedsLock(reply);
            return true;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        _timer.Dispose();
    }

    // On the timer's thread. Answers of one session that are due together leave in one write.
    private void Sweep()
    {
        PendingReply? next;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            next = TakeDue_NeedsLock(Elapsed() / TickLength);
            _armedFor = long.MaxValue;
            if (_count > 0)
            {
                Arm_NeedsLock(NextOccupied_NeedsLock());
            }
        }

        MockSession? session = null;
        while (next is not null)
        {
            var reply = next;
            next = reply.Next;
            reply.Next = null;
            if (!ReferenceEquals(session, reply.Session))
            {
                session?.Publish();
                session = reply.Session;
            }

            session.Deliver(reply);
        }

        session?.Publish();
    }

    private long Elapsed() => _clock.GetElapsedTime(_start).Ticks;

    private void Arm_NeedsLock(long tick)
    {
        _armedFor = tick;

        // The system's timers drop what is below a millisecond, and would fire early by it.
        var wait = Math.Max(0, (tick * TickLength) - Elapsed());
        _timer.Change(TimeSpan.FromTicks((wait + TickLength - 1) / TickLength * TickLength), Timeout.InfiniteTimeSpan);
    }

    private PendingReply? TakeDue_NeedsLock(long now)
    {
        PendingReply? first = null;
        PendingReply? last = null;

        // However far the clock jumped, one turn meets every slot.
        for (var tick = Math.Max(_tick + 1, now - Mask); tick <= now && _count > 0; tick++)
        {
            for (var reply = _heads[tick & Mask]; reply is not null;)
            {
                var following = reply.Next;
                if (reply.DueTick <= now)
                {
                    Unlink_NeedsLock(reply);
                    _ = last is null ? first = reply : last.Next = reply;
                    last = reply;
                }

                reply = following;
            }
        }

        _tick = Math.Max(_tick, now);
        return first;
    }

    private long NextOccupied_NeedsLock()
    {
        for (var tick = _tick + 1; ;)
        {
            var slot = (int)(tick & Mask);
            var word = _occupied[slot >> 6] >> (slot & 63);
            if (word != 0)
            {
                return tick + System.Numerics.BitOperations.TrailingZeroCount(word);
            }

            tick += 64 - (slot & 63);
        }
    }

    private void Link_NeedsLock(PendingReply reply)
    {
        var slot = (int)(reply.DueTick & Mask);
        var tail = _tails[slot];
        reply.Previous = tail;
        reply.Next = null;
        reply.IsOnWheel = true;
        _ = tail is null ? _heads[slot] = reply : tail.Next = reply;
        _tails[slot] = reply;
        _occupied[slot >> 6] |= 1UL << (slot & 63);
        _count++;
    }

    private void Unlink_NeedsLock(PendingReply reply)
    {
        var slot = (int)(reply.DueTick & Mask);
        _ = reply.Previous is null ? _heads[slot] = reply.Next : reply.Previous.Next = reply.Next;
        _ = reply.Next is null ? _tails[slot] = reply.Previous : reply.Next.Previous = reply.Previous;
        reply.Previous = null;
        reply.Next = null;
        reply.IsOnWheel = false;
        _count--;
        if (_heads[slot] is null)
        {
            _occupied[slot >> 6] &= ~(1UL << (slot & 63));
        }
    }
}
