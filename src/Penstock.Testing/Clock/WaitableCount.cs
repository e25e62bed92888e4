namespace Penstock.Testing;

/// <summary>
/// A number that somebody may wait for. Counting costs one interlocked instruction while nobody waits; waiters go on on the thread pool,
/// never on the thread that counts.
/// </summary>
internal sealed class WaitableCount
{
    private long _value;
    private int _waiting;
    private readonly Lock _lock = new();
    private readonly List<(long AtLeast, TaskCompletionSource Reached)> _waiters = [];

    public long Value => Volatile.Read(ref _value);

    public long Add(long by)
    {
        var value = Interlocked.Add(ref _value, by);

        // Both sides write their own field with a full fence before they read the other's: one of them always sees the other.
        if (Volatile.Read(ref _waiting) != 0)
        {
            Wake(value);
        }

        return value;
    }

    public async Task WaitForAsync(long atLeast, CancellationToken stop)
    {
        TaskCompletionSource reached;
        lock (_lock)
        {
            Interlocked.Increment(ref _waiting);
            if (Value >= atLeast)
            {
                _waiting--;
                return;
            }

            reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((atLeast, reached));
        }

        var registration = stop.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), reached);
        await using (registration.ConfigureAwait(false))
        {
            await reached.Task.ConfigureAwait(false);
        }
    }

    private void Wake(long value)
    {
        lock (_lock)
        {
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                if (value >= _waiters[i].AtLeast || _waiters[i].Reached.Task.IsCompleted)
                {
                    _waiters[i].Reached.TrySetResult();
                    _waiters.RemoveAt(i);
                    _waiting--;
                }
            }
        }
    }
}
