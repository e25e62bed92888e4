using System.Numerics;

namespace Penstock.Memory;

/// <summary>
/// Which of a page's 1 to 64 items are taken, and whether more may be taken. A page is open until its last item is taken, and opens again
/// when half of its items are free. Where those took twice as long as items stay on average, the others belong to slow calls, and the page
/// rests until three quarters are free.
/// </summary>
/// <remarks>
/// Without the rest, calls that come and go would fill the holes between slow ones: a different hole every time, and none of them in the
/// processor's caches. With it they share a few pages, and slow calls gather in others. At one call in a hundred that is two seconds
/// late this is a third more calls per second. The price: while pages rest, up to four pages' worth is held for one page's worth of slow calls.
/// </remarks>
internal struct Occupancy(ulong all)
{
    private readonly ulong _all = all;
    private ulong _free = all;

    /// <summary>The count of all items ever taken, when the last free one of this page was.</summary>
    private long _filledAt;
    private bool _isResting;

    /// <summary>Whether items may be taken.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Whether no item is taken.</summary>
    public readonly bool IsEmpty => _free == _all;

    /// <summary>Takes the first free item of an open page, which may close it.</summary>
    /// <param name="taken">How many items of all pages have ever been taken.</param>
    public int Take(long taken)
    {
        var item = BitOperations.TrailingZeroCount(_free);
        _free &= _free - 1;
        if (_free == 0)
        {
            IsOpen = false;
            _filledAt = taken;
        }

        return item;
    }

    /// <summary>Gives an item back.</summary>
    /// <param name="item">What <see cref="Take"/> returned.</param>
    /// <param name="taken">How many items of all pages have ever been taken.</param>
    /// <param name="inUse">How many of them are taken at this moment: about as many takes as an item stays, on average.</param>
    /// <param name="isScarce">Whether nothing may rest: a page opens with its first free item.</param>
    /// <returns>Whether the page has become open.</returns>
    public bool Give(int item, long taken, int inUse, bool isScarce)
    {
        _free |= 1UL << item;
        if (IsOpen)
        {
            return false;
        }

        var free = BitOperations.PopCount(_free);
        var count = BitOperations.PopCount(_all);
        if (free == count / 2)
        {
            _isResting = taken - _filledAt > 2L * inUse;
        }

        IsOpen = isScarce || free >= (_isResting ? count * 3 / 4 : count / 2);
        return IsOpen;
    }

    /// <summary>Opens a page that rests, if it has a free item.</summary>
    /// <returns>Whether it has become open.</returns>
    public bool TryOpen() => !IsOpen && (IsOpen = _free != 0);

    /// <summary>Whether <paramref name="item"/> is taken.</summary>
    public readonly bool IsTaken(int item) => (_free & (1UL << item)) == 0;
}
