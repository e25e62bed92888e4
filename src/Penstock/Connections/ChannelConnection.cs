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
    private readonly ITimer _timer;
    private readonly long[] _ids = new long[Slab.Capacity];
    private readonly long[] _endedIds = new long[Slab.Capacity];
    private readonly ArrayBufferWriter<byte> _content = new(4096);
    private Slab? _ended;
    private int _answered;
    private long _latency;
    private long _now;
    private volatile bool _isClosing;

    public ChannelConnection(CallChannel channel, Door door, IConnectionOwner owner, int window)
        : base(new PendingCalls(door.Clock), window)
    {
        _channel = channel;
        _door = door;
        _owner = owner;
        Era = ProtocolEra.Modern;
        channel.Attach(this);
        _timer = door.Clock.CreateTimer(static c => ((ChannelConnection)c!).OnTick(), this, StreamConnection.Tick, StreamConnection.Tick);
    }

    protected override bool IsWritable => !_isClosing;

    public override int Send(ReadOnlySpan<CallSlot> slots)
    {
        lock (_sendGate)
        {
            if (_isClosing)
            {
                return 0;
            }

            var ids = _ids.AsSpan(0, slots.Length);
            Pending.Open(slots, _door.Clock.GetTimestamp(), ids);
            for (var i = 0; i < slots.Length; i++)
            {
                ref readonly var slot = ref slots[i];
                _channel.Send(new OutboundCall(ids[i], ((ToolEntry)slot.Target).ToolName, slot.Arguments, TimeSpan.FromMilliseconds(slot.TimeoutMs)));
            }

            _channel.Flush();
            return slots.Length;
        }
    }

    public override void Cancel(Submission submission)
    {
        var open = new List<(long Id, long EndPosition)>();
        Pending.Collect(submission, open);
        EndOpen(open.ConvertAll(static o => o.Id), CallFault.Local(FaultType.Cancelled, Executed.Maybe), "cancelled after it was sent");
    }

    public override async Task CloseAsync(string reason)
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
        EndOpen(open.ConvertAll(static o => o.Id), CallFault.Local(FaultType.Connection, Executed.Maybe, retryable: true), $"{reason}; the call may have been executed");
        await _channel.DisposeAsync().ConfigureAwait(false);
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

    private void OnTick()
    {
        var expired = new List<long>();
        Pending.CollectExpired(_door.Clock.GetTimestamp(), expired);
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
            _channel.Abort(id);
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
