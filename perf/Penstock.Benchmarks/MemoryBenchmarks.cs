using BenchmarkDotNet.Attributes;
using Penstock.Memory;

namespace Penstock.Benchmarks;

/// <summary>A place for the bytes of one call, 100 of them, and the place given back: an array each (the naive way), against a cell of a page.</summary>
[MemoryDiagnoser]
public class MemoryBenchmarks
{
    private const int Calls = 256;
    private const int Length = 100;

    private readonly byte[]?[] _arrays = new byte[Calls][];
    private readonly Cell[] _cells = new Cell[Calls];
    private readonly CellPool _pool = new(new PagePool(16), new MemoryAccount(long.MaxValue));

    [Benchmark(Baseline = true, OperationsPerInvoke = Calls)]
    public void ArrayPerCall()
    {
        for (var i = 0; i < Calls; i++)
        {
            _arrays[i] = new byte[Length];
        }

        Array.Clear(_arrays);
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public void CellPerCall()
    {
        for (var i = 0; i < Calls; i++)
        {
            _cells[i] = _pool.Lease(Length);
        }

        using var run = _pool.BeginReturn();
        for (var i = 0; i < Calls; i++)
        {
            run.Add(ref _cells[i]);
        }
    }
}
