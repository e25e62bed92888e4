using Penstock.Memory;
using Penstock.Tests.Protocol;
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
    public void LeaseAndReturn_RandomLengths_NeverOverlap() => Seeds.Check(200, static random =>
    {
        var account = new MemoryAccount(1 << 20);
        var pool = new CellPool(new PagePool(4), account);
        var live = new List<(Cell Cell, int Length)>();
        for (var step = 0; step < 200; step++)
        {
            if (live.Count > 0 && random.Next(5) < 2)
            {
                var at = random.Next(live.Count);
                var cell = live[at].Cell;
                pool.Return(ref cell);
                live.RemoveAt(at);
                continue;
            }

            var length = random.Next(4) == 0 ? random.Next(70_000) : random.Next(700);
            var leased = pool.Lease(length);
            foreach (var (other, otherLength) in live)
            {
                Assert.False(
                    ReferenceEquals(other.Page, leased.Page) && leased.Offset < other.Offset + otherLength && other.Offset < leased.Offset + length);
            }

            live.Add((leased, length));
            Assert.Equal((live.Count, pool.Bytes), (pool.Leased, account.Used));
        }

        foreach (var (cell, _) in live)
        {
            var last = cell;
            pool.Return(ref last);
        }

        Assert.Equal((0, 0L), (pool.Leased, account.Used));
    });

    [Fact]
    public async Task LeaseAndReturn_TwoThreads_EachKeepsItsBytes()
    {
        var account = new MemoryAccount(1 << 20);
        var pool = new CellPool(new PagePool(4), account);
        await Task.WhenAll(Enumerable.Range(1, 2).Select(mark => Task.Run(() =>
        {
            var random = new Random(mark);
            var cells = new Cell[16];
            for (var step = 0; step < 20_000; step++)
            {
                ref var cell = ref cells[random.Next(cells.Length)];
                if (cell.Page is null)
                {
                    cell = pool.Lease(64);
                    cell.Page.AsSpan(cell.Offset, 64).Fill((byte)mark);
                }
                else
                {
                    Assert.Equal(-1, cell.Page.AsSpan(cell.Offset, 64).IndexOfAnyExcept((byte)mark));
                    pool.Return(ref cell);
                }
            }

            for (var i = 0; i < cells.Length; i++)
            {
                if (cells[i].Page is not null)
                {
                    pool.Return(ref cells[i]);
                }
            }
        })));

        Assert.Equal((0, 0L), (pool.Leased, account.Used));
    }
}
