using System.Runtime.CompilerServices;
using Penstock.Calls;
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
    [InlineData(32769)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(200_000)]
    public void Lease_AnyLength_FitsAndComesHome(int length)
    {
        var account = new MemoryAccount(1 << 20);
        var pages = new PagePool(4);
        var pool = new CellPool(pages, account);
        var cell = pool.Lease(length);

        Assert.True(cell.Page!.Length - cell.Offset >= length);
        Assert.Equal(pool.Bytes, account.Used);
        Assert.InRange(account.Used, pages.LeasedBytes, pages.LeasedBytes + (64 * CellShape.CallBytes));

        pool.Return(ref cell);
        Assert.Null(cell.Page);
        Assert.Equal((0, 0L, 0L, 0L), (pool.Leased, pool.Bytes, account.Used, pages.LeasedBytes));
    }

    [Fact]
    public void Of_EveryLength_NamesTheSmallestCellThatFits()
    {
        for (var length = 0; length <= PagePool.PageSize; length++)
        {
            var sizeClass = CellShape.Of(length);
            Assert.True(length <= CellShape.All[sizeClass].Size && (sizeClass == 0 || length > CellShape.All[sizeClass - 1].Size));
        }

        Assert.Equal(CellShape.Oversize, CellShape.Of(PagePool.PageSize + 1));
    }

    [Fact]
    public void CallBytes_CallThatWaits_CoversItsPlaceInASlab() =>
        Assert.InRange(Unsafe.SizeOf<CallSlot>() + Unsafe.SizeOf<Outcome>(), 0, CellShape.CallBytes);

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
    public void Return_LastCellOfAPage_SendsThePageHomeAtOnce()
    {
        var pages = new PagePool(64);
        var pool = new CellPool(pages, new MemoryAccount(1 << 30));
        var cells = Enumerable.Range(0, 100).Select(_ => pool.Lease(16384)).ToArray();
        Assert.Equal(25, pages.Leased);
        for (var i = 0; i < cells.Length; i++)
        {
            pool.Return(ref cells[i]);
            Assert.Equal((cells.Length - 1 - i + 3) / 4, pages.Leased);
        }
    }

    [Fact]
    public void Return_ManyPoolsKeepOneCallEachAfterTheirPeaks_HoldLittle()
    {
        const int Pools = 20;
        var pages = new PagePool(0);
        var account = new MemoryAccount(128 << 20);
        var pools = Enumerable.Range(0, Pools).Select(_ => new CellPool(pages, account)).ToList();
        var kept = new List<Cell>();
        foreach (var pool in pools)
        {
            // One peak after the other, up to the pool's share each: what one leaves behind would add up.
            foreach (var length in (int[])[100, 250, 700, 3000, 20_000, 80_000])
            {
                var cells = new List<Cell>();
                while (!pool.IsOverShare)
                {
                    cells.Add(pool.Lease(length));
                }

                using var run = pool.BeginReturn();
                for (var i = length == 100 ? 1 : 0; i < cells.Count; i++)
                {
                    var cell = cells[i];
                    run.Add(ref cell);
                }

                kept.AddRange(length == 100 ? cells[..1] : []);
            }
        }

        // One page with a call in it, and a spare of each class that has small or medium pages and was used.
        const int Most = PagePool.SmallPageSize + (2 * PagePool.SmallPageSize) + PagePool.MediumPageSize;
        Assert.InRange(pages.LeasedBytes, Pools * PagePool.SmallPageSize, Pools * Most);
        Assert.InRange(account.Used, pages.LeasedBytes, 2 * (long)(1 << 20));
        for (var i = 0; i < Pools; i++)
        {
            var last = kept[i];
            pools[i].Return(ref last);
        }

        Assert.Equal((0L, 0L), (pages.LeasedBytes, account.Used));
    }

    [Fact]
    public void Return_HalfOfTheAccountIsUsed_KeepsNoSpare()
    {
        var pages = new PagePool(4);
        var account = new MemoryAccount(1 << 20);
        var pool = new CellPool(pages, account);
        var (stays, goes) = (pool.Lease(1000), pool.Lease(100));
        pool.Return(ref goes);
        Assert.Equal(2, pages.Leased);

        account.Add(1 << 19);
        goes = pool.Lease(100);
        pool.Return(ref goes);
        Assert.Equal(1, pages.Leased);
        pool.Return(ref stays);
        Assert.Equal((0, 1L << 19), (pages.Leased, account.Used));
    }

    [Fact]
    public void Return_FallsBelowAQuarterOfTheAccount_TellsOnce()
    {
        var told = 0;
        var account = new MemoryAccount(8 << 20) { RoomFreed = () => told++ };
        var pool = new CellPool(new PagePool(4), account);
        var cells = new List<Cell>();
        while (!pool.IsOverShare)
        {
            cells.Add(pool.Lease(10_000));
        }

        for (var i = 0; i < cells.Count; i++)
        {
            var cell = cells[i];
            pool.Return(ref cell);
            Assert.Equal(pool.IsOverShare ? 0 : 1, told);
        }

        Assert.Equal(1, told);
    }

    [Fact]
    public void Lease_ManyPoolsAndASmallAccount_NothingStaysToKeepACallOut()
    {
        // 1 MiB of budget is half a MiB of requests: less than a page for each of the pools.
        var account = new MemoryAccount(1 << 19);
        var pages = new PagePool(1);
        var pools = Enumerable.Range(0, 200).Select(_ => new CellPool(pages, account)).ToList();
        for (var round = 0; round < 3; round++)
        {
            foreach (var pool in pools)
            {
                Assert.True(account.HasRoom && !pool.IsOverShare);
                var cell = pool.Lease(500_000);
                pool.Return(ref cell);
                (cell, var other) = (pool.Lease(100), pool.Lease(300));
                pool.Return(ref other);
                pool.Return(ref cell);
            }
        }

        Assert.Equal((0L, 0L), (pages.LeasedBytes, account.Used));
    }
}
