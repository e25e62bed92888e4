using Penstock.Memory;
using Penstock.Tests.Protocol;
using Xunit;

namespace Penstock.Tests.Memory;

public sealed class CellPoolProperties
{
    [Fact]
    public void Lease_RandomHistory_CellsNeverOverlapAndAllComeHome() => Seeds.Check(200, static random =>
    {
        var pages = new PagePool(4);
        var account = new MemoryAccount(1 << 30);
        var pool = new CellPool(pages, account);
        Run(pool, random, 300, held => Assert.Equal((held, pool.Bytes), (pool.Leased, account.Used)));
        Assert.Equal((0, 0L, 0L), (pool.Leased, pool.Bytes, account.Used));
        pool.Retire();
        Assert.Equal(0, pages.Leased);
    });

    [Fact]
    public void Lease_TwoThreads_CellsNeverOverlapAndAllComeHome() => Seeds.Check(50, static random =>
    {
        var pages = new PagePool(4);
        var account = new MemoryAccount(1 << 30);
        var pool = new CellPool(pages, account);
        var seed = random.Next();
        Parallel.For(0, 2, thread => Run(pool, new Random(seed + thread), 300));
        pool.Retire();
        Assert.Equal((0, 0L, 0L, 0), (pool.Leased, pool.Bytes, account.Used, pages.Leased));
    });

    /// <summary>Every cell is filled with its own number: cells that overlap would not hold it any more when they come home.</summary>
    private static void Run(CellPool pool, Random random, int steps, Action<int>? check = null)
    {
        var held = new List<(Cell Cell, int Length, byte Mark)>();
        for (var step = 0; step < steps || held.Count > 0; step++)
        {
            if (step < steps && random.Next(100) < 55)
            {
                var length = random.Next(50) == 0 ? random.Next(100_000) : random.Next(700);
                var cell = pool.Lease(length);
                var mark = (byte)random.Next(256);
                cell.Page.AsSpan(cell.Offset, length).Fill(mark);
                held.Add((cell, length, mark));
            }
            else if (held.Count > 0)
            {
                var at = random.Next(held.Count);
                var (cell, length, mark) = held[at];
                held.RemoveAt(at);
                Assert.False(cell.Page.AsSpan(cell.Offset, length).ContainsAnyExcept(mark));
                if (random.Next(2) == 0)
                {
                    pool.Return(ref cell);
                }
                else
                {
                    using var run = pool.BeginReturn();
                    run.Add(ref cell);
                }
            }

            check?.Invoke(held.Count);
        }
    }
}
