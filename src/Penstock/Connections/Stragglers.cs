namespace Penstock.Connections;

/// <summary>
/// Counts the open calls that are much older than their peers: they leave the window's count, so that a few slow calls do not hold the
/// rest back. Calls are counted by the tick of their write. Whoever calls holds the pending table's lock.
/// </summary>
/// <remarks>
/// A call leaves only against the answer of a younger one, and about a window's worth of such answers is kept in store. Where all calls
/// become slow none is late beside its peers: a server that stalls is sent one more window, and not <paramref name="most"/> calls.
/// </remarks>
/// <param name="window">Most calls that count.</param>
/// <param name="most">Most calls that may be left out of the count.</param>
internal sealed class Stragglers(int window, int most)
{
    /// <summary>Times the median that a call must have waited.</summary>
    private const int Medians = 10;

    /// <summary>Ticks whose calls are counted apart, 16 s; so calls whose peers take more than 1.6 s are never late.</summary>
    private const int History = 1024;

    /// <summary>No call is late before this.</summary>
    private static readonly TimeSpan LeastAge = TimeSpan.FromMilliseconds(100);

    private readonly int[] _open = new int[History];

    /// <summary>Open calls written before the history begins, and not late.</summary>
    private int _ancient;
    private long _newest = -1;
    private long _cutoff = -1;
    private int _late;
    private int _younger;

    /// <summary>Calls that are left out of the window's count.</summary>
    public int Count => Math.Min(_late, most);

    private long Begin => _newest - History;

    /// <summary>Calls are written.</summary>
    public void Opened(long tick, int count)
    {
        if (tick > _newest)
        {
            // Buckets come round again: what still lies in them is older than the history now. Those of late calls are empty.
            for (var t = Math.Max(_newest + 1, tick - History + 1); t <= tick; t++)
            {
                ref var bucket = ref _open[t % History];
                _ancient += bucket;
                bucket = 0;
            }

            _newest = tick;
        }

        _open[tick % History] += count;
    }

    /// <summary>A call has ended.</summary>
    /// <param name="tick">The tick of its write.</param>
    public void Released(long tick)
    {
        if (tick <= _cutoff)
        {
            _late--;
            return;
        }

        _younger++;
        if (tick > Begin)
        {
            _open[tick % History]--;
        }
        else
        {
            _ancient--;
        }
    }

    /// <summary>Lets calls leave that have become late. Called once per tick.</summary>
    /// <param name="now">The tick that it is.</param>
    /// <param name="medianTicks">Median time from write to answer, in ticks.</param>
    public void Mark(long now, double medianTicks)
    {
        var target = Math.Min(now - (long)Math.Max(LeastAge / StreamConnection.Tick, Medians * medianTicks) - 1, _newest);
        if (_cutoff < Begin)
        {
            if (target < Begin || _ancient > _younger)
            {
                return;
            }

            Leave(_ancient);
            _ancient = 0;
            _cutoff = Begin;
        }

        while (_cutoff < target && _open[(_cutoff + 1) % History] is var count && count <= _younger)
        {
            _cutoff++;
            Leave(count);
            _open[_cutoff % History] = 0;
        }

        _younger = Math.Min(_younger, window);
    }

    private void Leave(int count)
    {
        _late += count;
        _younger -= count;
    }
}
