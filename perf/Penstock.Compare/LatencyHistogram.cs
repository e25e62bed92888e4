using System.Numerics;

namespace Penstock.Compare;

/// <summary>Counts durations in log-linear buckets: 64 to the octave, hence at most 1.6 % off, and nothing on the heap per call.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int Octaves = 42; // 2^42 ns is over an hour
    private readonly long[] _counts = new long[(Octaves + 1) << SubBits];

    public void Record(long nanoseconds) => _counts[IndexOf(nanoseconds)]++;

    /// <summary>Same, from any thread.</summary>
    public void RecordShared(long nanoseconds) => Interlocked.Increment(ref _counts[IndexOf(nanoseconds)]);

    public long Count => _counts.Sum();

    /// <summary>The duration, in nanoseconds, that a fraction <paramref name="quantile"/> of all did not exceed; 0 if there are none.</summary>
    public long Quantile(double quantile)
    {
        var rank = (long)Math.Ceiling(Count * quantile);
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank && seen > 0)
            {
                return MiddleOf(i);
            }
        }

        return 0;
    }

    private static int IndexOf(long value)
    {
        var v = (ulong)Math.Clamp(value, 0, (1L << Octaves) - 1);
        var shift = Math.Max(0, BitOperations.Log2(v | 1) - SubBits);
        return (shift << SubBits) + (int)(v >> shift);
    }

    private static long MiddleOf(int index)
    {
        var shift = Math.Max(0, (index >> SubBits) - 1);
        var low = (long)(index - (shift << SubBits)) << shift;
        return low + ((1L << shift) >> 1);
    }
}
