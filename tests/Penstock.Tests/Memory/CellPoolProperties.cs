using System.Numerics;
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
        Assert.Equal((0, 0L, 0L, 0, 0L), (pool.Leased, pool.Bytes, account.Used, pages.Leased, pages.LeasedBytes));
    });

    [Fact]
    public void Lease_TwoThreads_CellsNeverOverlapAndAllComeHome() => Seeds.Check(50, static random =>
    {
        var pages = new PagePool(4);
        var account = new MemoryAccount(1 << 30);
        var pool = new CellPool(pages, account);
        var seed = random.Next();
        Parallel.For(0, 2, thread => Run(pool, new Random(seed + thread), 300));
        Assert.Equal((0, 0L, 0L, 0, 0L), (pool.Leased, pool.Bytes, account.Used, pages.Leased, pages.LeasedBytes));
    });

    [Fact]
    public void Return_RandomHistory_HoldsThePagesOfLiveCellsAndASpareOfEachClass() => Seeds.Check(100, static random =>
    {
        var pages = new PagePool(4);
        var account = new MemoryAccount(1 << 30);
        var pools = new[] { new CellPool(pages, account), new CellPool(pages, account) };
        var live = new List<(CellPool Pool, Cell Cell)>();
        var counts = new Dictionary<(CellPool Pool, byte SizeClass), int>();
        var peaks = new Dictionary<(CellPool Pool, byte SizeClass), int>();
        for (var phase = 0; phase < 6; phase++)
        {
            // Phases that grow and phases that shrink, each with lengths of its own.
            var (growth, length) = (random.Next(10, 90), 1 << random.Next(5, 17));
            for (var step = 0; step < 400; step++)
            {
                if (random.Next(100) < growth)
                {
                    var pool = pools[random.Next(2)];
                    var cell = pool.Lease(random.Next(length));
                    live.Add((pool, cell));
                    var key = (pool, cell.SizeClass);
                    counts[key] = counts.GetValueOrDefault(key) + 1;
                    peaks[key] = Math.Max(counts[key], peaks.GetValueOrDefault(key));
                }
                else if (live.Count > 0)
                {
                    var at = random.Next(live.Count);
                    var (pool, cell) = live[at];
                    live[at] = live[^1];
                    live.RemoveAt(live.Count - 1);
                    counts[(pool, cell.SizeClass)]--;
                    pool.Return(ref cell);
                }
            }

            AssertHeld(pages, account, pools, live, peaks);
        }
    });

    [Fact]
    public void Lease_AfterAPeak_ThePagesDrain() => Seeds.Check(20, static random =>
    {
        var pages = new PagePool(4);
        var pool = new CellPool(pages, new MemoryAccount(1 << 30));
        var live = new List<Cell>();
        Fill(10_000);
        while (live.Count > 320)
        {
            Drop();
        }

        // All calls of the peak have ended once, most of them, in some order.
        for (var step = 0; step < 320 * 10; step++)
        {
            Drop();
            Fill(320);
        }

        // 10 pages would hold them; the peak had 313. Pages of which some cells are free never add up to more than a few.
        Assert.InRange(pages.Leased, 10, 30);

        void Fill(int count)
        {
            while (live.Count < count)
            {
                live.Add(pool.Lease(128));
            }
        }

        void Drop()
        {
            var at = random.Next(live.Count);
            var cell = live[at];
            live[at] = live[^1];
            live.RemoveAt(live.Count - 1);
            pool.Return(ref cell);
        }
    });

    private static void AssertHeld(
        PagePool pages,
        MemoryAccount account,
        CellPool[] pools,
        List<(CellPool Pool, Cell Cell)> live,
        Dictionary<(CellPool Pool, byte SizeClass), int> peaks)
    {
        var used = live.DistinctBy(static l => l.Cell.Page).Sum(static l => (long)l.Cell.Page!.Length);
        long spares = CellShape.All.Where(static s => s.PageSize < PagePool.PageSize).Sum(static s => s.PageSize);
        Assert.InRange(pages.LeasedBytes, used, used + (pools.Count(p => p.Leased > 0) * spares));

        // However few of a page's cells are live: never more than four times the pages that the class needed at its peak.
        foreach (var ((pool, sizeClass), peak) in peaks.Where(static p => p.Key.SizeClass != CellShape.Oversize))
        {
            var held = live.Where(l => l.Pool == pool && l.Cell.SizeClass == sizeClass).DistinctBy(static l => l.Cell.Page).Count();
            var perPage = BitOperations.PopCount(CellShape.All[sizeClass].AllFree);
            Assert.InRange(held, 0, 1 + (4 * peak / perPage));
        }

        // What is charged is what is held, and the calls' places beside it.
        Assert.Equal(pools.Sum(static p => p.Bytes), account.Used);
        Assert.InRange(account.Used, pages.LeasedBytes, pages.LeasedBytes + (64L * CellShape.CallBytes * pages.Leased));
    }

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
