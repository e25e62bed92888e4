using System.Threading.Tasks.Dataflow;
using Penstock.Calls;
using Penstock.Memory;
using Penstock.Scheduling;
using Penstock.Servers;

namespace Penstock.Stages;

/// <summary>
/// One server's tail: its queue of waiting calls and the block that dispatches them. One pump, under the tail's lock, is the only thing
/// that posts to the block, whoever calls it: the batch stage, the connections' readers when room is freed, the dispatch stage when
/// the block is idle again. A slab holds as many calls as there are and as the window takes, so nothing ever waits for it to fill.
/// </summary>
internal sealed class TailChain : IServerQueue, IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly TailQueue _queue;
    private readonly Server _server;
    private readonly TailContext _context;
    private readonly ActionBlock<Slab> _block;
    private readonly DispatchStage _dispatch;
    private int _waiting;
    private bool _isBusy;

    /// <summary>The slab that the thread pool will dispatch; the block is busy until then.</summary>
    private Slab? _handedOver;

    /// <summary>Calls came in whose submission wants to be told before they are sent. Never false again.</summary>
    private volatile bool _hasCallbacks;
    private long _earliestDeadline = long.MaxValue;

    public TailChain(Server server, TailContext context)
    {
        _server = server;
        _context = context;
        _queue = new TailQueue(context.Door.Slabs);
        _dispatch = new DispatchStage(server, context.Door);
        _block = StageBlock.Last(DispatchOrHandOver);
    }

    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Calls of one submission that wait here.</summary>
    public int WaitingOf(object key)
    {
        lock (_gate)
        {
            return _queue.CountOf(key);
        }
    }

    /// <summary>Takes calls of one submission in. They move.</summary>
    public void Enqueue(ReadOnlySpan<CallSlot> slots)
    {
        if (slots[0].Submission.OnSending is not null)
        {
            _hasCallbacks = true;
        }

        lock (_gate)
        {
            _queue.Add(slots);
            NoteDeadlines_NeedsLock(slots);
            _waiting = _queue.Count;
        }

        SweepIfCancelled(slots[..1]);
        Pump();
    }

    public void Return(Slab slab)
    {
        lock (_gate)
        {
            _queue.AddReturned(slab.Slots);
            NoteDeadlines_NeedsLock(slab.Slots);
            _waiting = _queue.Count;
        }

        SweepIfCancelled(slab.Slots);

        slab.Clear();
        _context.Door.Slabs.Return(slab);
        Pump();
    }

    public void Pump()
    {
        using (InlineScheduler.Enter())
        {
            Slab? slab = null;
            lock (_gate)
            {
                if (_isBusy)
                {
                    // Dispatch pumps again when it is done.
                    return;
                }

                if (_queue.Count > 0)
                {
                    slab = TakeNext_NeedsLock();
                }
            }

            if (slab is not null && !_block.Post(slab))
            {
                // An idle block takes a slab, unless it was completed: then its server is stopped, and dispatch ends the calls.
                DispatchOrHandOver(slab);
            }
        }

        _context.Intake.Pulse();
    }

    /// <summary>Ends waiting calls whose deadline has passed or whose submission was cancelled.</summary>
    public void Sweep(bool isCancelled)
    {
        var now = _context.Door.Clock.GetTimestamp();
        if (!isCancelled && now < Volatile.Read(ref _earliestDeadline))
        {
            return;
        }

        lock (_gate)
        {
            // Found anew from the calls that stay.
            _earliestDeadline = long.MaxValue;
        }

        EndMatching(
            slot =>
            {
                if (slot.Submission.IsCancelled || slot.Deadline <= now)
                {
                    return true;
                }

                _earliestDeadline = Math.Min(_earliestDeadline, slot.Deadline);
                return false;
            },
            static slot => slot.Submission.IsCancelled
                ? Outcome.Local(CallFault.Local(FaultType.Cancelled, Executed.No), "cancelled before it was sent")
                : Outcome.Local(CallFault.Local(FaultType.Timeout, Executed.No, retryable: true), "the call's deadline passed while it waited"));
    }

    /// <summary>No more calls come; completes when the block is idle.</summary>
    public Task CompleteAsync()
    {
        _block.Complete();
        return _block.Completion;
    }

    /// <summary>Calls that came in after their submission's own sweep would otherwise wait for room before they end.</summary>
    private void SweepIfCancelled(ReadOnlySpan<CallSlot> slots)
    {
        foreach (ref readonly var slot in slots)
        {
            if (slot.Submission.IsCancelled)
            {
                // Ends the cancelled calls of every submission.
                Sweep(isCancelled: true);
                return;
            }
        }
    }

    private Slab? TakeNext_NeedsLock()
    {
        var state = _server.State;
        if (_context.ResultStages is { IsFull: true })
        {
            // Pumped again when the stages have caught up.
            return null;
        }

        var isGone = state is ServerState.Failed or ServerState.Stopped;
        var limit = isGone ? Slab.Capacity : Math.Min(_server.Room, _context.MaxCalls);
        if (limit == 0)
        {
            return null;
        }

        var slab = _context.Door.Slabs.Lease();
        _queue.Take(slab, limit, isGone ? Admission.All : _context.Results.HasRoom ? Admission.Reading : Admission.UpToDate);
        _waiting = _queue.Count;
        if (slab.Count == 0)
        {
            _context.Door.Slabs.Return(slab);
            return null;
        }

        _isBusy = true;
        return slab;
    }

    /// <summary>
    /// Callbacks are user code. Whoever pumps may be a connection's reader, or hold a frame of the inline scheduler that blocks wait for, so
    /// slabs with such calls are dispatched by the thread pool.
    /// </summary>
    private void DispatchOrHandOver(Slab slab)
    {
        if (_hasCallbacks && HasCallback(slab.Slots))
        {
            _handedOver = slab;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            Dispatch(slab);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        var slab = _handedOver!;
        _handedOver = null;
        Dispatch(slab);
    }

    private static bool HasCallback(ReadOnlySpan<CallSlot> slots)
    {
        foreach (ref readonly var slot in slots)
        {
            if (slot.Submission.OnSending is not null)
            {
                return true;
            }
        }

        return false;
    }

    private void Dispatch(Slab slab)
    {
        var unsent = _dispatch.Send(slab);
        lock (_gate)
        {
            _queue.AddReturned(unsent);
            NoteDeadlines_NeedsLock(unsent);
            _waiting = _queue.Count;
            _isBusy = false;
        }

        // A sweep for them may have passed while they were out.
        SweepIfCancelled(unsent);

        slab.Clear();
        _context.Door.Slabs.Return(slab);
        Pump();
    }

    private void NoteDeadlines_NeedsLock(ReadOnlySpan<CallSlot> slots)
    {
        foreach (ref readonly var slot in slots)
        {
            if (slot.Deadline < _earliestDeadline)
            {
                _earliestDeadline = slot.Deadline;
            }
        }
    }

    private void EndMatching(Func<CallSlot, bool> match, Func<CallSlot, Outcome> outcome)
    {
        var found = _context.Door.Slabs.Lease();
        do
        {
            found.Clear();
            lock (_gate)
            {
                _queue.TakeMatching(found, match);
                _waiting = _queue.Count;
            }

            var ended = _context.Door.Slabs.Lease();
            foreach (ref readonly var slot in found.Slots)
            {
                ended.AddEnded(in slot, outcome(slot));
            }

            _context.Door.End(ended, default);
        }
        while (found.IsFull);

        found.Clear();
        _context.Door.Slabs.Return(found);
        _context.Intake.Pulse();
    }
}

/// <summary>What the tails of one pipeline share.</summary>
internal sealed record TailContext(Door Door, MemoryAccount Results, IntakeGate Intake, int MaxCalls)
{
    /// <summary>The user's result stages; null if there are none. Set at most once, when the pipeline is linked.</summary>
    public ResultChain? ResultStages { get; set; }
}
