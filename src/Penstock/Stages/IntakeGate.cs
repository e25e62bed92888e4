namespace Penstock.Stages;

/// <summary>
/// Where sources wait for room. Whoever frees room pulses; a pulse costs nothing while nobody waits, and wakes a source only when it can read
/// a good stretch again.
/// </summary>
internal sealed class IntakeGate
{
    private readonly Lock _gate = new();
    private readonly List<Waiter> _waiters = [];
    private int _count;

    /// <summary>Looks whether anybody who waits can go on.</summary>
    public void Pulse()
    {
        if (Volatile.Read(ref _count) == 0)
        {
            return;
        }

        List<Waiter>? woken = null;
        lock (_gate)
        {
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                if (_waiters[i].CanGoOn())
                {
                    (woken ??= []).Add(_waiters[i]);
                    _waiters.RemoveAt(i);
                }
            }

            _count = _waiters.Count;
        }

        woken?.ForEach(static w => w.Wake.TrySetResult());
    }

    /// <summary>Waits until <paramref name="canGoOn"/> holds. It is evaluated under a lock, on the threads that pulse: it must be quick.</summary>
    public async ValueTask WaitAsync(Func<bool> canGoOn, CancellationToken stop)
    {
        var waiter = new Waiter(canGoOn, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            _waiters.Add(waiter);
            Volatile.Write(ref _count, _waiters.Count);
        }

        // Room may have come between the caller's look and the registration.
        Interlocked.MemoryBarrier();
        Pulse();
        await using (stop.UnsafeRegister(static w => ((Waiter)w!).Wake.TrySetResult(), waiter).ConfigureAwait(false))
        {
            await waiter.Wake.Task.ConfigureAwait(false);
        }

        if (stop.IsCancellationRequested)
        {
            lock (_gate)
            {
                _waiters.Remove(waiter);
                _count = _waiters.Count;
            }
        }
    }

    private sealed record Waiter(Func<bool> CanGoOn, TaskCompletionSource Wake);
}
