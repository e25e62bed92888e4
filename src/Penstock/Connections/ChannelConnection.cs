using System.Runtime.InteropServices;
using Penstock.Calls;

namespace Penstock.Connections;

/// <summary>
/// The calls of a user's channel: the same pending table and the same door as a stream's. No lock is held while the channel runs: calls are sent
/// by one dispatcher at a time, and whoever ends the connection meanwhile leaves that to it.
/// </summary>
internal sealed class ChannelConnection : Connection
{
    // The state's bits.
    private const int Sending = 1;
    private const int Closing = 2;

    // Ends, as the pending table knows them, of calls that the channel has, and of the one that it is being given.
    private const long Given = 0;
    private const long BeingGiven = 1;

    private readonly Lock _measures = new();
    private readonly CallChannel _channel;
    private readonly Door _door;
    private readonly IConnectionOwner _owner;
    private readonly ConnectionCounters _counters;
    private readonly ITimer _timer;
    private readonly long[] _ids = new long[Slab.Capacity];
    private readonly List<long> _expired = [];
    private ChannelBurst? _spareBurst;
    private Ending? _ending;
    private int _state;
    private int _isTicking;

    public ChannelConnection(CallChannel channel, Door door, IConnectionOwner owner, ConnectionLimits limits)
        : base(door.Clock, limits)
    {
        _channel = channel;
        _door = door;
        _owner = owner;
        _counters = limits.Counters;
        Era = ProtocolEra.Modern;
        _timer = door.Clock.CreateTimer(static c => ((ChannelConnection)c!).OnTick(), this, StreamConnection.Tick, StreamConnection.Tick);

        // Last: the channel may be broken already.
        channel.Attach(this);
    }

    protected override bool IsWritable => (Volatile.Read(ref _state) & Closing) == 0;

    public override int Send(ReadOnlySpan<CallSlot> slots)
    {
        if (Interlocked.CompareExchange(ref _state, Sending, 0) != 0)
        {
            return 0;
        }

        var ids = _ids.AsSpan(0, slots.Length);
        Pending.Open(slots, _door.Clock.GetTimestamp(), ids);
        var given = 0;
        try
        {
            while (given < slots.Length && IsWritable)
            {
                var id = ids[given];
                Give(in slots[given++], id);
            }

            _channel.Flush();
        }
        catch (Exception e)
        {
            // User code. What it was never given goes back; what it was given may have been executed and ends with the channel.
            Break($"the channel failed: {e.Message}");
        }

        if (given < slots.Length)
        {
            ReturnUnsent(ids[given..]);
        }

        if ((Interlocked.And(ref _state, ~Sending) & Closing) != 0)
        {
            _ = Task.Run(EndAsync);
        }

        return slots.Length;
    }

    public override void Cancel(Submission submission)
    {
        var open = new List<(long Id, long EndPosition)>();
        Pending.Collect(submission, open);

        // Those that are not given yet are cancelled by the dispatcher, when they are.
        EndGiven(open.ConvertAll(static o => o.Id), CallFault.Local(FaultType.Cancelled, Executed.Maybe), "cancelled after it was sent");
    }

    public override Task CloseAsync(string reason)
    {
        Close(new Ending(reason, CallFault.Local(FaultType.Cancelled, Executed.Maybe)));
        return Closed;
    }

    /// <summary>The channel is of no use any more: what is open ends as a lost connection. Does not wait.</summary>
    internal void Break(string reason) => Close(new Ending(reason, CallFault.Local(FaultType.Connection, Executed.Maybe, retryable: true)));

    internal ChannelBurst BeginBurst()
    {
        var burst = Interlocked.Exchange(ref _spareBurst, null) ?? new ChannelBurst(this);
        burst.Begin(_door.Clock.GetTimestamp());
        return burst;
    }

    internal void EndBurst(ChannelBurst burst, int answered, long latency)
    {
        Volatile.Write(ref _spareBurst, burst);
        if (answered > 0)
        {
            lock (_measures)
            {
                Observe(answered, latency);
            }

            _owner.RoomFreed();
        }
    }

    /// <summary>Ends a call that the channel was given. False: it has ended already, which is counted.</summary>
    internal bool TryAnswer(long id, out CallSlot slot, out long sent)
    {
        if (Pending.TryAnswer(id, out slot, out sent))
        {
            return true;
        }

        Interlocked.Increment(ref _counters.LateReplies);
        return false;
    }

    internal Slab LeaseSlab() => _door.Slabs.Lease();

    internal void End(Slab ended, ReadOnlySpan<long> ids, ReadOnlySpan<byte> source)
    {
        lock (_measures)
        {
            foreach (ref readonly var outcome in ended.Outcomes)
            {
                Observe(outcome.AttemptElapsed);
            }
        }

        Pending.Release(ids);
        _door.End(ended, source);
    }

    private void Give(in CallSlot slot, long id)
    {
        Pending.SetEnd(id, BeingGiven);
        try
        {
            _channel.Send(
                new OutboundCall(id, ((ToolEntry)slot.Target).ToolName, slot.Arguments, TimeSpan.FromMilliseconds(slot.TimeoutMs)));
        }
        finally
        {
            Pending.SetEnd(id, Given);
        }
    }

    /// <summary>The first reason counts. Whoever is sending ends the connection when it has sent.</summary>
    private void Close(Ending ending)
    {
        if (Interlocked.CompareExchange(ref _ending, ending, null) is null && (Interlocked.Or(ref _state, Closing) & Sending) == 0)
        {
            _ = Task.Run(EndAsync);
        }
    }

    private async Task EndAsync()
    {
        var ending = _ending!;
        await _timer.DisposeAsync().ConfigureAwait(false);
        var open = new List<(long Id, long EndPosition)>();
        Pending.Collect(null, open);
        EndGiven(open.ConvertAll(static o => o.Id), ending.Fault, $"{ending.Reason}; the call may have been executed");
        try
        {
            await _channel.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // User code; whoever waits for Closed must not wait for ever.
        }

        MarkClosed(new ConnectionLoss(false, ending.Reason));
    }

    private void Abort(long id)
    {
        try
        {
            _channel.Abort(id);
        }
        catch (Exception)
        {
            // User code; the call is settled already and ends here, whatever the channel makes of it.
        }
    }

    /// <summary>Calls that the channel was never given are nobody's yet: they go back to where they came from.</summary>
    private void ReturnUnsent(ReadOnlySpan<long> ids)
    {
        var slab = _door.Slabs.Lease();
        var settled = new List<long>();
        foreach (var id in ids)
        {
            if (Pending.TrySettle(id, out var slot, out _))
            {
                slot.Attempts--;
                settled.Add(id);
                slab.Add(in slot);
            }
        }

        Pending.Release(CollectionsMarshal.AsSpan(settled));
        if (slab.Count == 0)
        {
            _door.Slabs.Return(slab);
        }
        else
        {
            _owner.Unsent(slab);
        }
    }

    private void OnTick()
    {
        // Timers may overlap; the list is one tick's at a time.
        if (Interlocked.Exchange(ref _isTicking, 1) != 0)
        {
            return;
        }

        if (MarkStragglers())
        {
            _owner.RoomFreed();
        }

        var isSending = (Volatile.Read(ref _state) & Sending) != 0;
        Pending.CollectExpired(_door.Clock.GetTimestamp(), _expired);
        if (_expired.Count > 0)
        {
            EndGiven(_expired, CallFault.Local(FaultType.Timeout, Executed.Maybe, retryable: true), "no answer within the call's time");

            // What is not given yet is looked at again; what has ended is missed.
            if (!isSending && (Volatile.Read(ref _state) & Sending) == 0)
            {
                _expired.Clear();
            }
        }

        Volatile.Write(ref _isTicking, 0);
    }

    private void EndGiven(List<long> ids, CallFault fault, string message)
    {
        var slab = _door.Slabs.Lease();
        var settled = new List<long>();
        foreach (var id in ids)
        {
            if (!Pending.TrySettle(id, Given, out var slot, out _))
            {
                continue;
            }

            settled.Add(id);
            Abort(id);
            slab.AddEnded(in slot, Outcome.Local(fault, message));
            if (slab.IsFull)
            {
                _door.End(slab, default);
                slab = _door.Slabs.Lease();
            }
        }

        Pending.Release(CollectionsMarshal.AsSpan(settled));
        _door.End(slab, default);
        if (settled.Count > 0)
        {
            _owner.RoomFreed();
        }
    }

    private sealed record Ending(string Reason, CallFault Fault);
}
