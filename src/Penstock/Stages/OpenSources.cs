namespace Penstock.Stages;

/// <summary>
/// Counts who may still bring calls: streams whose source has not ended, and single calls on their way in. Once it refuses, nobody new
/// comes in: "no source is open" then stays true, and the count of calls taken in is final.
/// </summary>
internal sealed class OpenSources
{
    private const long Refusing = long.MinValue;

    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The sign: no source opens any more. The rest: how many are open.</summary>
    private long _state;

    /// <summary>Sources open at this moment.</summary>
    public long Count => Volatile.Read(ref _state) & long.MaxValue;

    /// <summary>Completes once no source is open and none can be opened.</summary>
    public Task WhenNone => _none.Task;

    /// <returns>False if no source may be opened any more.</returns>
    public bool TryOpen()
    {
        var state = Volatile.Read(ref _state);
        while (state >= 0)
        {
            var seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
            {
                return true;
            }

            state = seen;
        }

        return false;
    }

    /// <summary>A source has ended: every call that it brings is counted at the door.</summary>
    public void End()
    {
        if (Interlocked.Decrement(ref _state) == Refusing)
        {
            _none.TrySetResult();
        }
    }

    /// <summary>Lets no new source open.</summary>
    public void Refuse()
    {
        if (Interlocked.Or(ref _state, Refusing) == 0)
        {
            _none.TrySetResult();
        }
    }
}
