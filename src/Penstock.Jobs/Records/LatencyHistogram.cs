using System.Numerics;

namespace Penstock.Jobs.Records;

/// <summary>Times in buckets that are 3 % wide: exact enough to tell, and of fixed size. One writer at a time.</summary>
internal sealed class LatencyHistogram
{
    /// <summary>Buckets per doubling: 32 makes each 1/32 = 3 % of its value.</summary>
    private const int PerDoubling = 32;
    private const int Doublings = 40;

    private readonly long[] _counts = new long[PerDoubling * (Doublings + 1)];
    private long _count;
    private long _ticks;

    public TimeSpan Mean => _count == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(_ticks / _count);

    /// <summary>The longest of the times.</summary>
    public TimeSpan Max { get; private set; }

    public void Add(TimeSpan value)
    {
        Max = value > Max ? value : Max;
        _count++;
        _ticks += value.Ticks;
        _counts[BucketOf(Math.Max(0, value.Ticks))]++;
    }

    /// <summary>Takes over another's times.</summary>
    public void Add(LatencyHistogram other)
    {
        Max = other.Max > Max ? other.Max : Max;
        _count += other._count;
        _ticks += other._ticks;
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>The value below which the share <paramref name="rank"/> (0 to 1) of the times lies: the upper end of its bucket, or the longest.</summary>
    public TimeSpan Percentile(double rank)
    {
        var left = (long)Math.Ceiling(rank * _count);
        for (var i = 0; i < _counts.Length; i++)
        {
            left -= _counts[i];
            if (left <= 0 && _count > 0)
            {
                return TimeSpan.FromTicks(Math.Min(UpperEnd(i), Max.Ticks));
            }
        }

        return TimeSpan.Zero;
    }

    /// <summary>Below 32 ticks a bucket per tick; from there on 32 buckets per doubling.</summary>
    private static int BucketOf(long ticks)
    {
        if (ticks < PerDoubling)
        {
            return (int)ticks;
        }

        var shift = BitOperations.Log2((ulong)ticks) - BitOperations.Log2(PerDoubling);
        return Math.Min((shift * PerDoubling) + (int)(ticks >> shift), (PerDoubling * (Doublings + 1)) - 1);
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < 2 * PerDoubling)
        {
            return bucket;
        }

        var shift = (bucket / PerDoubling) - 1;
        return ((bucket - (shift * PerDoubling) + 1L) << shift) - 1;
    }
}
