using Penstock.Memory;
using Xunit;

namespace Penstock.Tests.Memory;

public sealed class CellPoolTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(16384)]
    [InlineData(16385)]
    [InlineData(200_000)]
    public void Lease_AnyLength_FitsAndComesHome(int length)
    {
        var account = new MemoryAccount(1 << 20);
        var pages = new PagePool(4);
        var pool = new CellPool(pages, account);
        var cell = pool.Lease(length);

        Assert.True(cell.Page!.Length - cell.Offset >= length);
        Assert.Equal(pool.Bytes, account.Used);
        Assert.InRange(account.Used, length, Math.Max(64, 2 * Math.Max(length, PagePool.PageSize + 1)));

        pool.Return(ref cell);
        Assert.Null(cell.Page);
        Assert.Equal((0, 0L, 0L), (pool.Leased, pool.Bytes, account.Used));
    }

    [Fact]
    public void BeginReturn_ManyCells_AllComeHomeAtOnce()
    {
        var account = new MemoryAccount(1 << 20);
        var pool = new CellPool(new PagePool(4), account);
        var cells = Enumerable.Range(0, 500).Select(i => pool.Lease(i * 50)).ToArray();
        using (var run = pool.BeginReturn())
        {
            for (var i = 0; i < cells.Length; i++)
            {
                run.Add(ref cells[i]);
            }
        }

        Assert.Equal((0, 0L, 0L), (pool.Leased, pool.Bytes, account.Used));
    }

    [Fact]
    public void Return_LastCellOfManyPages_GivesThePagesBack()
    {
        var pages = new PagePool(64);
        var pool = new CellPool(pages, new MemoryAccount(1 << 30));
        var cells = Enumerable.Range(0, 100).Select(_ => pool.Lease(16384)).ToArray();
        Assert.Equal(25, pages.Leased);
        for (var i = 0; i < cells.Length; i++)
        {
            pool.Return(ref cells[i]);
        }

        Assert.Equal(0, pages.Leased);
    }

    [Fact]
    public void Retire_CellsOut_PagesFollowTheLastCell()
    {
        var pages = new PagePool(4);
        var pool = new CellPool(pages, new MemoryAccount(1 << 30));
        var cell = pool.Lease(100);
        pool.Retire();
        Assert.Equal(1, pages.Leased);
        pool.Return(ref cell);
        Assert.Equal(0, pages.Leased);
    }
}
