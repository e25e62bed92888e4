using System.Buffers;

namespace Penstock.Memory;

/// <summary>
/// Pages of one size, shared by all servers and submissions of a pipeline. Pages are kept for reuse up to <paramref name="keep"/>;
/// what comes home beyond that is left to the collector, so a burst does not stay resident for ever.
/// </summary>
internal sealed class PagePool(int keep)
{
    /// <summary>64 KiB: under the large-object limit of 85,000 bytes, and a full read burst of a pipe.</summary>
    public const int PageSize = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Stack<byte[]> _pages = new();
    private int _leased;

    /// <summary>Pages out at this moment; zero when everything has come home.</summary>
    public int Leased => Volatile.Read(ref _leased);

    public byte[] Lease()
    {
        lock (_gate)
        {
            _leased++;
            if (_pages.TryPop(out var page))
            {
                return page;
            }
        }

        return GC.AllocateUninitializedArray<byte>(PageSize);
    }

    /// <summary>A buffer of its own, of at least <paramref name="length"/> bytes, for content that no page can hold.</summary>
    public byte[] LeaseOversize(int length)
    {
        lock (_gate)
        {
            _leased++;
        }

        // Never exactly a page: the length tells on return what the buffer is.
        return ArrayPool<byte>.Shared.Rent(Math.Max(length, PageSize + 1));
    }

    public void Return(byte[] page)
    {
        LeakGuard.Poison(page);
        var isPage = page.Length == PageSize;
        lock (_gate)
        {
            _leased--;
            if (isPage && _pages.Count < keep)
            {
                _pages.Push(page);
            }
        }

        if (!isPage)
        {
            ArrayPool<byte>.Shared.Return(page);
        }
    }
}
