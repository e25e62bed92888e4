using System.Threading.Tasks.Dataflow;
using BenchmarkDotNet.Attributes;

namespace Penstock.Benchmarks;

/// <summary>
/// What three linked dataflow blocks cost per call: with a message per call (the naive way), and with a message per slab of calls, which is
/// why the engine moves slabs. Every figure is per call. The loop is what the same work costs without any block.
/// </summary>
[MemoryDiagnoser]
public class StagesBenchmarks
{
    private const int Calls = 1 << 16;
    private const int Bound = 16;

    [Params(16, 64, 256)]
    public int SlabSize { get; set; }

    private long[][] _slabs = [];
    private long _sum;

    [GlobalSetup]
    public void FillSlabs() => _slabs = [.. Enumerable.Range(0, Calls / SlabSize).Select(_ => new long[SlabSize])];

    [Benchmark(Baseline = true, OperationsPerInvoke = Calls)]
    public Task<long> MessagePerCall() =>
        RunAsync<long>(Enumerable.Range(0, Calls).Select(static i => (long)i), static call => call + 1, call => _sum += call);

    [Benchmark(OperationsPerInvoke = Calls)]
    public Task<long> MessagePerSlab() => RunAsync<long[]>(_slabs, Touch, Sum);

    [Benchmark(OperationsPerInvoke = Calls)]
    public long Loop()
    {
        foreach (var slab in _slabs)
        {
            Sum(Touch(Touch(slab)));
        }

        return _sum;
    }

    private async Task<long> RunAsync<T>(IEnumerable<T> messages, Func<T, T> stage, Action<T> end)
    {
        var settings = new ExecutionDataflowBlockOptions { BoundedCapacity = Bound, EnsureOrdered = false, SingleProducerConstrained = true };
        var first = new TransformBlock<T, T>(stage, settings);
        var second = new TransformBlock<T, T>(stage, settings);
        var last = new ActionBlock<T>(end, settings);
        first.LinkTo(second, new DataflowLinkOptions { PropagateCompletion = true });
        second.LinkTo(last, new DataflowLinkOptions { PropagateCompletion = true });
        foreach (var message in messages)
        {
            if (!first.Post(message))
            {
                await first.SendAsync(message);
            }
        }

        first.Complete();
        await last.Completion;
        return _sum;
    }

    private static long[] Touch(long[] slab)
    {
        foreach (ref var call in slab.AsSpan())
        {
            call++;
        }

        return slab;
    }

    private void Sum(long[] slab)
    {
        foreach (var call in slab)
        {
            _sum += call;
        }
    }
}
