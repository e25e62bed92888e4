using System.Buffers;

namespace Penstock.Memory;

/// <summary>
/// Pages of three sizes, shared by all servers and submissions of a pipeline. What comes home is kept for reuse up to the bytes of
/// <paramref name="keep"/> large pages; the rest is left to the collector, so a burst does not stay resident for ever.
/// </summary>
internal sealed class PagePool(int keep)
{
    /// <summary>64 KiB: under the large-object limit of 85,000 bytes, and a full read burst of a pipe.</summary>
    public const int PageSize = 64 * 1024;

    public const int MediumPageSize = 16 * 1024;

    public const int SmallPageSize = 4 * 1024;

    private readonly Lock _gate = new();
    private readonly Stack<byte[]> _large = new();
    private readonly Stack<byte[]> _medium = new();
    private readonly Stack<byte[]> _small = new();
    private readonly long _keepBytes = (long)keep * PageSize;
    private long _keptBytes;
    private long _leasedBytes;
    private int _leased;

    /// <summary>Pages out at this moment; zero when everything has come home.</summary>
    public int Leased => Volatile.Read(ref _leased);

    /// <summary>Bytes of the pages out at this moment.</summary>
    public long LeasedBytes => Volatile.Read(ref _leasedBytes);

    public byte[] Lease() => Lease(PageSize);

    /// <param name="size">One of the three page sizes.</param>
    public byte[] Lease(int size)
    {
        lock (_gate)
        {
            _leased++;
            _leasedBytes += size;
            if (StackOf(size)!.TryPop(out var page))
            {
                _keptBytes -= size;
                return page;
            }
        }

        return GC.AllocateUninitializedArray<byte>(size);
    }

    /// <summary>A buffer of its own, of at least <paramref name="length"/> bytes, for content that no page can hold.</summary>
    public byte[] LeaseOversize(int length)
    {
        // Larger than any page: the length tells on return what the buffer is.
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(length, PageSize + 1));
        lock (_gate)
        {
            _leased++;
            _leasedBytes += buffer.Length;
        }

        return buffer;
    }

    public void Return(byte[] page)
    {
        LeakGuard.Poison(page);
        var stack = StackOf(page.Length);
        lock (_gate)
        {
            _leased--;
            _leasedBytes -= page.Length;
            if (stack is not null && _keptBytes + page.Length <= _keepBytes)
            {
                _keptBytes += page.Length;
                stack.Push(page);
            }
        }

        if (stack is null)
        {
            ArrayPool<byte>.Shared.Return(page);
        }
    }

    private Stack<byte[]>? StackOf(int size) => size switch
    {
        PageSize => _large,
        MediumPageSize => _medium,
        SmallPageSize => _small,
        _ => null,
    };
}
