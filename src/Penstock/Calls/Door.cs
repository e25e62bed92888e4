using System.Diagnostics;
using Penstock.Memory;

namespace Penstock.Calls;

/// <summary>Takes a slab of ended calls over, whose contents lie in <paramref name="source"/> and are copied.</summary>
internal delegate void EndedCalls(Slab slab, ReadOnlySpan<byte> source);

/// <summary>
/// The one door by which a call ends: results go to their submissions, cells go home, and the slab goes on to be measured. Whoever
/// brings a slab here owned its calls alone: after the write that was decided by the pending table's compare-exchange.
/// </summary>
internal sealed class Door(BoundedPool<Slab> slabs, TimeProvider clock)
{
    private readonly Lock _countGate = new();
    private readonly long[] _byFault = new long[(int)FaultType.Indeterminate + 1];
    private readonly Lock _idleGate = new();
    private TaskCompletionSource? _idle;
    private long _accepted;
    private long _ended;
    private long _retried;
    private long _gone;

    /// <summary>Takes the slabs over once their calls have ended. Set once, when the pipeline is linked.</summary>
    public Action<Slab> Ended { get; set; } = _ => throw new InvalidOperationException("The door leads nowhere yet.");

    /// <summary>Where ended calls are seen before they end here; null if nobody wants to. Set at most once, when the pipeline is linked.</summary>
    public EndedCalls? ResultStages { get; set; }

    public BoundedPool<Slab> Slabs => slabs;

    public TimeProvider Clock => clock;

    /// <summary>Calls taken in.</summary>
    public long AcceptedCount => Volatile.Read(ref _accepted);

    /// <summary>Calls ended. Read it before <see cref="AcceptedCount"/> for a consistent pair.</summary>
    public long EndedCount => Volatile.Read(ref _ended);

    /// <summary>Every call taken in has ended, and what was lent for it is home.</summary>
    private bool IsIdle => Volatile.Read(ref _gone) == AcceptedCount;

    /// <summary>Counts calls in, before they are handed to the first stage.</summary>
    public void Accept(int count) => Interlocked.Add(ref _accepted, count);

    /// <summary>Ends every call of the slab, which belongs to the door from here on.</summary>
    public void End(Slab slab, ReadOnlySpan<byte> source)
    {
        Debug.Assert(slab.EndedCount == slab.Count, "only ended calls leave");
        if (slab.Count == 0)
        {
            slabs.Return(slab);
            return;
        }

        if (ResultStages is { } stages)
        {
            stages(slab, source);
            return;
        }

        EndSeen(slab, source);
    }

    /// <summary>Ends the calls of a slab that the result stages have seen, if there are any.</summary>
    public void EndSeen(Slab slab, ReadOnlySpan<byte> source)
    {
        var now = clock.GetTimestamp();
        var slots = slab.Slots;
        var outcomes = slab.Outcomes;
        var count = slots.Length;
        var failed = 0;
        var retried = 0;
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i].Elapsed = now - slots[i].Accepted;
            failed += outcomes[i].Fault.Type == FaultType.None ? 0 : 1;
            retried += Math.Max(0, slots[i].Attempts - 1);
        }

        // Counted first, so that whoever has read the last result finds the counts complete; and together, so that they always add up.
        lock (_countGate)
        {
            _ended += count;
            _retried += retried;
            if (failed > 0)
            {
                CountFaults_NeedsLock(outcomes);
            }
        }

        for (var start = 0; start < slots.Length;)
        {
            var end = start + 1;
            while (end < slots.Length && ReferenceEquals(slots[end].Submission, slots[start].Submission))
            {
                end++;
            }

            slots[start].Submission.Deliver(slots[start..end], outcomes[start..end], source);
            start = end;
        }

        ReturnCells(slots);
        Ended(slab);
        if (Interlocked.Add(ref _gone, count) == AcceptedCount)
        {
            SignalIdle();
        }
    }

    /// <summary>Reads the counts of one moment.</summary>
    /// <param name="byFault">Set to the calls ended, by <see cref="FaultType"/>; those ended well are left out.</param>
    public (long Ended, long Retried) ReadCounts(Span<long> byFault)
    {
        lock (_countGate)
        {
            _byFault.CopyTo(byFault);
            return (_ended, _retried);
        }
    }

    /// <summary>Ends the marked calls of a slab and leaves the others in it.</summary>
    public void EndMarked(Slab slab)
    {
        if (slab.EndedCount == 0)
        {
            return;
        }

        var ended = slabs.Lease();
        slab.MoveEndedTo(ended);
        End(ended, default);
    }

    /// <summary>Completes when every call taken in so far has ended.</summary>
    public Task WhenIdleAsync()
    {
        lock (_idleGate)
        {
            if (IsIdle)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var idle = _idle;

            // The store must be seen before the counts are read again: the last call may end between the two looks and find nobody.
            Interlocked.MemoryBarrier();
            if (IsIdle)
            {
                _idle = null;
                idle.TrySetResult();
            }

            return idle.Task;
        }
    }

    private void CountFaults_NeedsLock(ReadOnlySpan<Outcome> outcomes)
    {
        foreach (ref readonly var outcome in outcomes)
        {
            if (outcome.Fault.Type != FaultType.None)
            {
                _byFault[(int)outcome.Fault.Type]++;
            }
        }
    }

    private static void ReturnCells(Span<CallSlot> slots)
    {
        for (var start = 0; start < slots.Length;)
        {
            var pool = slots[start].Target.Cells;
            using var run = pool.BeginReturn();
            do
            {
                run.Add(ref slots[start].Cell);
                start++;
            }
            while (start < slots.Length && ReferenceEquals(slots[start].Target.Cells, pool));
        }
    }

    private void SignalIdle()
    {
        if (Volatile.Read(ref _idle) is null)
        {
            return;
        }

        lock (_idleGate)
        {
            if (_idle is { } idle && IsIdle)
            {
                _idle = null;
                idle.TrySetResult();
            }
        }
    }
}
