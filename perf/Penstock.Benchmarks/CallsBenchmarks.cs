using System.Collections.Concurrent;
using BenchmarkDotNet.Attributes;
using Penstock.Calls;
using Penstock.Memory;

namespace Penstock.Benchmarks;

/// <summary>Results of 143 bytes from a connection to whoever reads them: a copy each in a concurrent queue (the naive way), against the arena.</summary>
[MemoryDiagnoser]
public class CallsBenchmarks
{
    private const int Calls = 128;

    private readonly byte[] _content = new byte[143];
    private readonly ConcurrentQueue<byte[]> _copies = new();
    private readonly ResultEntry[] _taken = new ResultEntry[Calls];
    private readonly ResultQueue _queue = new(new PagePool(16), new BoundedPool<ResultEntry[]>(static () => new ResultEntry[ResultQueue.ChunkLength], 16));

    [Benchmark(Baseline = true, OperationsPerInvoke = Calls)]
    public int CopyPerResult()
    {
        var sum = 0;
        for (var i = 0; i < Calls; i++)
        {
            _copies.Enqueue([.. _content]);
        }

        while (_copies.TryDequeue(out var copy))
        {
            sum += copy.Length;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public int Arena()
    {
        for (var i = 0; i < Calls; i++)
        {
            ref var entry = ref _queue.Append(_content.Length, out var bytes);
            entry.ContentLength = _content.Length;
            _content.CopyTo(bytes);
        }

        var count = _queue.Take(_taken);
        _queue.Release(_taken.AsSpan(0, count));
        return count;
    }
}
