namespace Penstock.Compare;

/// <summary>Says whether there is one more call to make: so many, or as many as fit in a time. One caller at a time.</summary>
internal sealed class CallSource
{
    private const int CallsPerLook = 16; // a look at the clock costs 25 ns, a call of the fastest contender 300
    private readonly long _most;
    private readonly long _end;
    private bool _isOver;

    private CallSource(long most, long end)
    {
        _most = most;
        _end = end;
    }

    /// <summary>How many calls were taken.</summary>
    public long Taken { get; private set; }

    public static CallSource Counted(long calls) => new(calls, long.MaxValue);

    public static CallSource Until(long timestamp) => new(long.MaxValue, timestamp);

    public bool TryTake()
    {
        if (_isOver || Taken >= _most || (Taken % CallsPerLook == 0 && _end != long.MaxValue && Clock.Now >= _end))
        {
            _isOver = true;
            return false;
        }

        Taken++;
        return true;
    }

    public IEnumerable<long> AsEnumerable()
    {
        while (TryTake())
        {
            yield return Taken;
        }
    }
}

/// <summary>The clock of every measurement, in nanoseconds.</summary>
internal static class Clock
{
    private static readonly long Factor = 1_000_000_000 / TimeProvider.System.TimestampFrequency;

    public static long Now => TimeProvider.System.GetTimestamp() * Factor;
}
