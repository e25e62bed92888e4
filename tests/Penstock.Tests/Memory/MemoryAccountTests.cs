using Penstock.Memory;
using Xunit;

namespace Penstock.Tests.Memory;

public sealed class MemoryAccountTests
{
    [Fact]
    public void Release_FallsBelowLimit_TellsOnce()
    {
        var told = 0;
        var account = new MemoryAccount(100) { RoomFreed = () => told++ };
        account.Add(150);
        Assert.False(account.HasRoom);
        account.Release(40);
        Assert.Equal(0, told);
        account.Release(20);
        account.Release(20);
        account.Release(0);

        Assert.Equal((1, 70L, true), (told, account.Used, account.HasRoom));
    }

    [Fact]
    public void BoundedPool_MoreComeHomeThanAreKept_CountsThemAll()
    {
        var made = 0;
        var pool = new BoundedPool<object>(() => { made++; return new object(); }, 2);
        var items = Enumerable.Range(0, 5).Select(_ => pool.Lease()).ToList();
        items.ForEach(pool.Return);
        Assert.Equal((5, 0), (made, pool.Leased));
        _ = (pool.Lease(), pool.Lease());
        Assert.Equal((5, 2), (made, pool.Leased));
    }

    [Fact]
    public void PagePool_PagesAndOversize_ComeHomeByTheirLength()
    {
        var pool = new PagePool(1);
        var (page, large) = (pool.Lease(), pool.LeaseOversize(10));
        Assert.True(large.Length > PagePool.PageSize);
        pool.Return(large);
        pool.Return(page);
        Assert.Equal(0, pool.Leased);
        Assert.Same(page, pool.Lease());
    }
}
