namespace Penstock.Testing;

/// <summary>
/// A clock that stands still until it is told to move. Timers fire on the thread that calls <see cref="Advance"/>, in the order in which
/// they are due, with the clock set to the moment each is due; no lock is held meanwhile, so callbacks may create, change and dispose
/// timers, and may advance the clock themselves. A timer armed with a delay of 0 fires at once on the thread pool, as the system's do.
/// Thread-safe.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    // What advanced so far and how far it is to go. Two fields, so that advances from several threads and from callbacks add up.
    private long _now;
    private long _target;
    private long _sequence;
    private readonly DateTimeOffset _start;
    private readonly Lock _lock = new();
    private readonly SortedSet<ManualTimer> _armed = new(DueOrder.Instance);
    private readonly WaitableCount _armedCount = new();

    /// <summary>Creates a clock that stands at 2026-01-01T00:00:00Z.</summary>
    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Creates a clock that stands at <paramref name="start"/>.</summary>
    public ManualTimeProvider(DateTimeOffset start) => _start = start.ToUniversalTime();

    /// <summary>How many timers are armed: created with a due time and neither fired for the last time nor disposed.</summary>
    public int ActiveTimers => (int)_armedCount.Value;

    /// <summary>How long until the next timer is due; null if none is armed.</summary>
    public TimeSpan? NextTimer
    {
        get
        {
            lock (_lock)
            {
                return _armed.Min is { } next ? TimeSpan.FromTicks(Math.Max(0, next.Due - _now)) : null;
            }
        }
    }

    /// <summary>10,000,000: a timestamp is a count of <see cref="TimeSpan.Ticks"/> since the clock's start.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>UTC.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _now);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start.AddTicks(GetTimestamp());

    /// <summary>Moves the clock and fires every timer that becomes due, each as often as it is due.</summary>
    /// <param name="by">How far; 0 fires what is due already.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        lock (_lock)
        {
            _target += by.Ticks;
        }

        while (TakeDue() is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Waits, without a clock of any kind, until at least <paramref name="count"/> timers are armed.</summary>
    /// <param name="count">1 or more.</param>
    /// <param name="stop">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    public Task WaitForTimersAsync(int count, CancellationToken stop = default) => _armedCount.WaitForAsync(count, stop);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue()
    {
        lock (_lock)
        {
            if (_armed.Min is not { } next || next.Due > _target)
            {
                Volatile.Write(ref _now, _target);
                return null;
            }

            _armed.Remove(next);
            Volatile.Write(ref _now, Math.Max(_now, next.Due));
            if (next.Period > 0)
            {
                Arm_NeedsLock(next, next.Due + next.Period);
            }
            else
            {
                next.IsArmed = false;
                _armedCount.Add(-1);
            }

            return next;
        }
    }

    private bool Change(ManualTimer timer, long delay, long period)
    {
        lock (_lock)
        {
            if (timer.IsDisposed)
            {
                return false;
            }

            Disarm_NeedsLock(timer);
            timer.Period = period;
            if (delay >= 0)
            {
                timer.IsArmed = true;
                Arm_NeedsLock(timer, _now + delay);
                _armedCount.Add(1);
            }
        }

        if (delay == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static clock => clock.Advance(TimeSpan.Zero), this, preferLocal: false);
        }

        return true;
    }

    private void Dispose(ManualTimer timer)
    {
        lock (_lock)
        {
            Disarm_NeedsLock(timer);
            timer.IsDisposed = true;
        }
    }

    private void Arm_NeedsLock(ManualTimer timer, long due)
    {
        timer.Due = due;
        timer.Sequence = ++_sequence;
        _armed.Add(timer);
    }

    private void Disarm_NeedsLock(ManualTimer timer)
    {
        if (timer.IsArmed)
        {
            _armed.Remove(timer);
            timer.IsArmed = false;
            _armedCount.Add(-1);
        }
    }

    private static long ToTicks(TimeSpan value, string name)
    {
        if (value == Timeout.InfiniteTimeSpan)
        {
            return -1;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, name);
        return value.Ticks;
    }

    // Every member but Fire is guarded by the clock's lock.
    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; set; }

        public long Sequence { get; set; }

        public long Period { get; set; }

        public bool IsArmed { get; set; }

        public bool IsDisposed { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) =>
            clock.Change(this, ToTicks(dueTime, nameof(dueTime)), ToTicks(period, nameof(period)));

        public void Dispose() => clock.Dispose(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }

    // Timers due at the same moment fire in the order in which they were armed.
    private sealed class DueOrder : IComparer<ManualTimer>
    {
        public static readonly DueOrder Instance = new();

        public int Compare(ManualTimer? x, ManualTimer? y)
        {
            var byDue = x!.Due.CompareTo(y!.Due);
            return byDue != 0 ? byDue : x.Sequence.CompareTo(y.Sequence);
        }
    }
}
