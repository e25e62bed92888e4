namespace Penstock.Connections.Stdio;

/// <summary>
/// The meeting point of one waiter and the poller's edges. An edge that comes while nobody waits is kept and makes the next wait fail, so that
/// none is lost between "not ready" and "waiting"; of the two sides, the poller alone ends a wait.
/// </summary>
internal struct Readiness
{
    private const int Idle = 0;
    private const int Signalled = 1;
    private const int Waiting = 2;

    private int _state;

    /// <summary>
    /// Waiter: true = it waits now, and from here on its state belongs to the poller's thread; false = something happened since: try again.
    /// </summary>
    internal bool TryWait()
    {
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
        {
            return true;
        }

        Volatile.Write(ref _state, Idle);
        return false;
    }

    /// <summary>Poller: true = somebody waited, does no more, and is now the caller's to resume.</summary>
    internal bool Signal()
    {
        var before = Interlocked.Exchange(ref _state, Signalled);
        if (before != Waiting)
        {
            return false;
        }

        Volatile.Write(ref _state, Idle);
        return true;
    }
}
