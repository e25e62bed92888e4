using Penstock.Memory;
using Penstock.Tests.Protocol;
using Xunit;

namespace Penstock.Tests.Memory;

public sealed class OccupancyTests
{
    private const ulong All = ulong.MaxValue;

    [Fact]
    public void Take_LastItem_ClosesThePage()
    {
        var page = new Occupancy(All >> 61);
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(i => Take(ref page, i)));
        Assert.False(page.IsOpen);
    }

    [Fact]
    public void Give_ItemsCameBackInTime_OpensWithHalf()
    {
        var page = Full();
        Assert.DoesNotContain(true, Give(ref page, 0..31, taken: 64 + 128));
        Assert.True(page.Give(31, taken: 64 + 128, inUse: 64, isScarce: false));
        Assert.False(page.Give(32, taken: 64 + 128, inUse: 64, isScarce: false));
        Assert.True(page.IsOpen);
    }

    [Fact]
    public void Give_HalfTookTwiceAsLongAsItemsStay_RestsUntilThreeQuarters()
    {
        var page = Full();
        Assert.DoesNotContain(true, Give(ref page, 0..47, taken: 64 + 129));
        Assert.True(page.Give(47, taken: 64 + 129, inUse: 64, isScarce: false));
    }

    [Fact]
    public void Give_ScarceMemory_OpensWithTheFirst()
    {
        var page = Full();
        Assert.True(page.Give(17, taken: 1000, inUse: 64, isScarce: true));
        Assert.Equal(17, page.Take(1001));
    }

    [Fact]
    public void TryOpen_OnlyPagesWithAFreeItem()
    {
        var page = Full();
        Assert.False(page.TryOpen());
        page.Give(5, taken: 1000, inUse: 64, isScarce: false);
        Assert.True(page.TryOpen());
        Assert.False(page.TryOpen());
        Assert.Equal(5, page.Take(1001));
    }

    [Fact]
    public void AnySizeAndHistory_NoItemTwice_AndAClosedPageIsMoreThanAQuarterFull() => Seeds.Check(300, static random =>
    {
        var count = random.Next(1, 65);
        var page = new Occupancy(All >> (64 - count));
        var held = new List<int>();
        for (var step = 0; step < 500; step++)
        {
            if (page.IsOpen && random.Next(2) == 0)
            {
                var item = page.Take(step);
                Assert.InRange(item, 0, count - 1);
                Assert.DoesNotContain(item, held);
                held.Add(item);
            }
            else if (held.Count > 0)
            {
                var at = random.Next(held.Count);
                Assert.True(page.IsTaken(held[at]));
                var wasOpen = page.IsOpen;
                var opened = page.Give(held[at], step, random.Next(100), isScarce: random.Next(10) == 0);
                Assert.Equal(!wasOpen && page.IsOpen, opened);
                held.RemoveAt(at);
            }

            Assert.Equal(held.Count == 0, page.IsEmpty);
            Assert.True(page.IsOpen || held.Count * 4 > count);
        }
    });

    private static int Take(ref Occupancy page, int taken) => page.Take(taken);

    private static Occupancy Full()
    {
        var page = new Occupancy(All);
        for (var i = 1; i <= 64; i++)
        {
            page.Take(i);
        }

        return page;
    }

    private static List<bool> Give(ref Occupancy page, Range items, long taken)
    {
        var opened = new List<bool>();
        for (var i = items.Start.Value; i < items.End.Value; i++)
        {
            opened.Add(page.Give(i, taken, inUse: 64, isScarce: false));
        }

        return opened;
    }
}
