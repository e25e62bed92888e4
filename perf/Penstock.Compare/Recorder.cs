namespace Penstock.Compare;

/// <summary>
/// Takes the end of every call of one run. Calls that took <c>slowNs</c> or more are the server's stragglers: counted, and left out of the
/// latencies. Inside the window the others are counted apart, so that a speed can be told without the start and the tail of the run.
/// </summary>
internal sealed class Recorder(long windowStart, long windowEnd, long slowNs)
{
    private long _ended;
    private long _inWindow;

    public LatencyHistogram Latencies { get; } = new();

    public long Ended => Volatile.Read(ref _ended);

    public double CallsPerSecondInWindow => _inWindow / ((windowEnd - windowStart) / 1e9);

    /// <summary>One call ended. For contenders that see all ends on one thread.</summary>
    public void Add(long elapsed, long end)
    {
        _ended++;
        if (elapsed < slowNs)
        {
            Latencies.Record(elapsed);
            if (end >= windowStart && end < windowEnd)
            {
                _inWindow++;
            }
        }
    }

    /// <summary>One call ended. From any thread.</summary>
    public void AddShared(long elapsed, long end)
    {
        Interlocked.Increment(ref _ended);
        if (elapsed < slowNs)
        {
            Latencies.RecordShared(elapsed);
            if (end >= windowStart && end < windowEnd)
            {
                Interlocked.Increment(ref _inWindow);
            }
        }
    }
}
