using System.Collections.Concurrent;
using BenchmarkDotNet.Attributes;
using Penstock.Calls;
using Penstock.Connections;

namespace Penstock.Benchmarks;

/// <summary>
/// A call noted at its write, and found again by the id of its answer: a task completion source in a concurrent dictionary, with a timer each
/// (the naive way), against the pending table, which holds the deadlines too.
/// </summary>
[MemoryDiagnoser]
public class ConnectionsBenchmarks
{
    private const int Calls = 64;

    private readonly ConcurrentDictionary<long, TaskCompletionSource<int>> _byId = new();
    private readonly PendingCalls _pending = new(TimeProvider.System, new Stragglers(Calls, 16_384));
    private readonly CallSlot[] _slots = new CallSlot[Calls];
    private readonly long[] _ids = new long[Calls];
    private long _next;

    [GlobalSetup]
    public void FillSlots() => Array.Fill(_slots, new CallSlot { TimeoutMs = 10_000, Deadline = long.MaxValue });

    [Benchmark(Baseline = true, OperationsPerInvoke = Calls)]
    public void DictionaryAndTimers()
    {
        for (var i = 0; i < Calls; i++)
        {
            var source = new TaskCompletionSource<int>();
            _ids[i] = ++_next;
            _byId[_ids[i]] = source;
            var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            _ = source.Task.ContinueWith(static (_, t) => ((CancellationTokenSource)t!).Dispose(), timeout, TaskScheduler.Default);
        }

        foreach (var id in _ids)
        {
            _byId.TryRemove(id, out var source);
            source!.SetResult(1);
        }
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public void PendingTable()
    {
        _pending.Open(_slots, 0, _ids);
        foreach (var id in _ids)
        {
            _pending.TrySettle(id, out _, out _);
        }

        _pending.Release(_ids);
    }
}
