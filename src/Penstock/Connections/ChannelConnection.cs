using System.Buffers;
using System.Runtime.InteropServices;
using Penstock.Calls;

namespace Penstock.Connections;

/// <summary>The calls of a user's channel: the same pending table and the same door as a stream's.</summary>
internal sealed class ChannelConnection : Connection
{
    private readonly Lock _sendGate = new();
    private readonly Lock _burstGate = new();
    private readonly CallChannel _channel;
    private readonly Door _door;
    private readonly IConnectionOwner _owner;
    private readonly ConnectionCounters _counters;
    private readonly ITimer _timer;
    private readonly long[] _ids = new long[Slab.Capacity];
    private readonly long[] _endedIds = new long[Slab.Capacity];
    private readonly ArrayBufferWriter<byte> _content = new(4096);
    private Slab? _ended;
    private int _answered;
    private long _latency;
    private long _now;
    private volatile bool _isClosing;

    public ChannelConnection(CallChannel channel, Door door, IConnectionOwner owner, ConnectionLimits limits)
        : base(door.Clock, limits)
    {
        _channel = channel;
        _door = door;
        _owner = owner;
        _counters = limits.Counters;
        Era = ProtocolEra.Modern;
        channel.Attach(this);
        _timer = door.Clock.CreateTimer(static c => ((ChannelConnection)c!).OnTick(), this, StreamConnection.Tick, StreamConnection.Tick);
    }

    protected override bool IsWritable => !_isClosing;

    public override int Send(ReadOnlySpan<CallSlot> slots)
    {
        string failure;
        long[] unsent;
        lock (_sendGate)
        {
            if (_isClosing)
            {
                return 0;
            }

            var ids = _ids.AsSpan(0, slots.Length);
            Pending.Open(slots, _door.Clock.GetTimestamp(), ids);
            var given = 0;
            try
            {
                while (given < slots.Length)
                {
                    ref readonly var slot = ref slots[given];
                    var call = new OutboundCall(
                        ids[given], ((ToolEntry)slot.Target).ToolName, slot.Arguments, TimeSpan.FromMilliseconds(slot.TimeoutMs));
                    given++;
                    _channel.Send(call);
                }

                _channel.Flush();
                return slots.Length;
            }
            catch (Exception e)
            {
                // User code. What it was never given goes back; what it was given may have been executed and ends with the channel.
                failure = e.Message;
                unsent = ids[given..].ToArray();
            }
        }

        ReturnUnsent(unsent);
        _ = BreakAsync($"the channel failed: {failure}");
        return slots.Length;
    }

    public override void Cancel(Submission submission)
    {
        var open = new List<(long Id, long EndPosition)>();
        Pending.Collect(submission, open);
        EndOpen(open.ConvertAll(static o => o.Id), CallFault.Local(FaultType.Cancelled, Executed.Maybe), "cancelled after it was sent");
    }

    public override Task CloseAsync(string reason) =>
        CloseAsync(reason, CallFault.Local(FaultType.Cancelled, Executed.Maybe));

    /// <summary>The channel is of no use any more: what is open ends as a lost connection.</summary>
    internal Task BreakAsync(string reason) =>
        CloseAsync(reason, CallFault.Local(FaultType.Connection, Executed.Maybe, retryable: true));

    private async Task CloseAsync(string reason, CallFault fault)
    {
        lock (_sendGate)
        {
            if (_isClosing)
            {
                return;
            }

            _isClosing = true;
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        var open = new List<(long Id, long EndPosition)>();
        Pending.Collect(null, open);
        EndOpen(open.ConvertAll(static o => o.Id), fault, $"{reason}; the call may have been executed");
        try
        {
            await _channel.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // User code; whoever waits for Closed must not wait for ever.
        }

        MarkClosed(new ConnectionLoss(false, reason));
    }

    internal void BeginBurst()
    {
        _burstGate.Enter();
        _now = _door.Clock.GetTimestamp();
    }

    internal void Complete(long id, CallFault fault, ReadOnlySpan<byte> result, string? message)
    {
        if (!Pending.TrySettle(id, out var slot, out var sent))
        {
            Interlocked.Increment(ref _counters.LateReplies);
            return;
        }

        var elapsed = _now - sent;
        _ended ??= _door.Slabs.Lease();
        _endedIds[_ended.Count] = id;
        _ended.AddEnded(
            in slot,
            new Outcome
            {
                Ended = true,
                Fault = fault,
                Message = message,
                Offset = _content.WrittenCount,
                Length = result.Length,
                AttemptElapsed = elapsed,
            });
        _content.Write(result);
        Observe(elapsed);
        _latency += elapsed;
        _answered++;
        if (_ended.IsFull)
        {
            EndSlab();
        }
    }

    internal void EndBurst()
    {
        EndSlab();
        var answered = _answered;
        if (answered > 0)
        {
            Observe(answered, _latency);
            _answered = 0;
            _latency = 0;
        }

        _burstGate.Exit();
        if (answered > 0)
        {
            _owner.RoomFreed();
        }
    }

    private void EndSlab()
    {
        if (_ended is { } ended)
        {
            _ended = null;
            Pending.Release(_endedIds.AsSpan(0, ended.Count));
            _door.End(ended, _content.WrittenSpan);
            _content.ResetWrittenCount();
        }
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
        if (MarkStragglers())
        {
            _owner.RoomFreed();
        }

        var expired = new List<long>();
        Pending.CollectExpired(_door.Clock.GetTimestamp(), expired);
        if (expired.Count == 0)
        {
            return;
        }

        EndOpen(expired, CallFault.Local(FaultType.Timeout, Executed.Maybe, retryable: true), "no answer within the call's time");
    }

    private void EndOpen(List<long> ids, CallFault fault, string message)
    {
        var slab = _door.Slabs.Lease();
        var settled = new List<long>();
        foreach (var id in ids)
        {
            if (!Pending.TrySettle(id, out var slot, out _))
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
}
