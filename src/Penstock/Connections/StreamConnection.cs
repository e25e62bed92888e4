using System.IO.Pipelines;
using Penstock.Calls;
using Penstock.Protocol;

namespace Penstock.Connections;

/// <summary>
/// Newline-delimited JSON-RPC over one byte stream. Dispatching threads write under the write lock and flush once per slab; one read loop,
/// which starts no user code, settles answers and brings them to the door once per read burst. The two never wait for each other.
/// </summary>
internal sealed partial class StreamConnection : Connection
{
    /// <summary>Why a peer that asks and asks, but reads nothing, is left.</summary>
    public const string UnreadMessage = "the server does not read: too many of our answers and requests wait for it";

    /// <summary>How often deadlines are looked at.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(16);

    /// <summary>How long a stream whose writing failed may still bring answers.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(1);

    private readonly Lock _writeGate = new();
    private readonly ByteStream _stream;
    private readonly PipeWriter _output;
    private readonly Door _door;
    private readonly IConnectionOwner _owner;
    private readonly LineReader _reader;
    private readonly ControlRequests _control;
    private readonly ITimer _timer;
    private readonly DeferredLines _deferred = new();
    private readonly long[] _ids = new long[Slab.Capacity];
    private readonly List<long> _expired = [];
    private readonly CancellationTokenSource _abort = new();
    private Task _readLoop = Task.CompletedTask;
    private Task _unblock = Task.CompletedTask;
    private long _accepted;
    private string? _closeReason;
    private volatile bool _isBlocked;
    private volatile bool _isClosing;
    private bool _isTimerArmed;
    private int _idleTicks;

    public StreamConnection(ByteStream stream, Door door, IConnectionOwner owner, ConnectionLimits limits)
        : base(door.Clock, limits)
    {
        _stream = stream;
        _output = stream.Pipe.Output;
        _door = door;
        _owner = owner;
        _control = new ControlRequests();
        _reader = new LineReader(this, new LineFraming(limits.MaxResponseBytes), limits.Counters);
        _timer = door.Clock.CreateTimer(static c => ((StreamConnection)c!).OnTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public override int? ProcessId => _stream.ProcessId;

    /// <summary>Completes with the first byte that the peer sends.</summary>
    public Task FirstByte => _reader.FirstByte;

    protected override bool IsWritable => !_isBlocked && !_isClosing && Era != ProtocolEra.Auto;

    /// <summary>Starts the read loop. Called once.</summary>
    public void Start() => _readLoop = ReadAsync();

    /// <summary>Sends a request of our own and waits for its answer; never for the tools of users.</summary>
    /// <exception cref="IOException">The connection was lost before the answer came.</exception>
    public async Task<ControlReply> RequestAsync(Func<long, byte[]> line, CancellationToken stop)
    {
        var (id, reply) = _control.Open();
        try
        {
            if (!WriteControl(line(id)))
            {
                throw new IOException(UnreadMessage);
            }

            return await reply.WaitAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            _control.Forget(id);
        }
    }

    public override int Send(ReadOnlySpan<CallSlot> slots)
    {
        lock (_writeGate)
        {
            if (!IsWritable)
            {
                return 0;
            }

            var ids = _ids.AsSpan(0, slots.Length);
            Pending.Open(slots, _door.Clock.GetTimestamp(), ids);
            try
            {
                Write_NeedsLock(slots, ids);
            }
            catch (Exception)
            {
                // A foreign writer that throws. The calls are in the table: those without an end position go back when the stream is lost.
                LoseOutput();
                return slots.Length;
            }

            if (!_isTimerArmed)
            {
                _isTimerArmed = true;
                _timer.Change(Tick, Tick);
            }

            Flush_NeedsLock();
            return slots.Length;
        }
    }

    public override void Cancel(Submission submission)
    {
        var open = new List<(long Id, long EndPosition)>();
        lock (_writeGate)
        {
            // A call whose line is being written is not ended: its bytes would go home while they are copied.
            Pending.Collect(submission, open);
        }

        EndSent(open.ConvertAll(static o => o.Id), static (_, _) => CallFault.Local(FaultType.Cancelled, Executed.Maybe), "cancelled after it was sent", "cancelled");
    }

    public override async Task CloseAsync(string reason)
    {
        _closeReason ??= reason;
        _isClosing = true;
        await _abort.CancelAsync().ConfigureAwait(false);
        _stream.Pipe.Input.CancelPendingRead();
        await _readLoop.ConfigureAwait(false);
        await Closed.ConfigureAwait(false);
    }

    /// <summary>Ends a burst: room was freed.</summary>
    internal void BurstRead(int answered, long totalLatency)
    {
        if (answered > 0)
        {
            Observe(answered, totalLatency);
            _owner.RoomFreed();
        }
    }

    internal bool TryAnswer(long id, out CallSlot slot, out long sent) => Pending.TryAnswer(id, out slot, out sent);

    /// <summary>Settled calls leave: their entries are free again before the door opens, so that a woken reader finds room.</summary>
    internal void End(Slab ended, ReadOnlySpan<long> ids, ReadOnlySpan<byte> source)
    {
        Pending.Release(ids);
        _door.End(ended, source);
    }

    internal Slab LeaseSlab() => _door.Slabs.Lease();

    internal long GetTimestamp() => _door.Clock.GetTimestamp();

    internal void Answer(long id, in JsonRpcMessage message, ReadOnlySpan<byte> line) => _control.Answer(id, in message, line);

    /// <summary>A request of our own has an answer that cannot be taken. False: nobody waits for it.</summary>
    internal bool TryFail(long id, string message) => _control.TryFail(id, new IOException(message));

    internal void ToolsChanged() => _owner.ToolsChanged();

    private async Task ReadAsync()
    {
        // Leave the starter's thread first: the loop may find bytes at once and never wait.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        string? failure = null;
        try
        {
            failure = await _reader.RunAsync(_stream.Pipe.Input, _abort.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e.Message;
        }

        await LoseAsync(failure).ConfigureAwait(false);
    }

    private void OnTick()
    {
        if (_isClosing)
        {
            return;
        }

        List<long>? expired = null;
        lock (_writeGate)
        {
            if (Pending.Count == 0)
            {
                // A second without calls: the timer rests until the next one.
                if (++_idleTicks * Tick > TimeSpan.FromSeconds(1))
                {
                    _idleTicks = 0;
                    _isTimerArmed = false;
                    _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                }

                return;
            }

            _idleTicks = 0;
            _expired.Clear();
            Pending.CollectExpired(_door.Clock.GetTimestamp(), _expired);
            if (_expired.Count > 0)
            {
                expired = [.. _expired];
            }
        }

        if (MarkStragglers())
        {
            _owner.RoomFreed();
        }

        if (expired is not null)
        {
            EndSent(expired, static (_, _) => CallFault.Local(FaultType.Timeout, Executed.Maybe, retryable: true), null, "timeout");
        }
    }

    /// <summary>Ends calls that were sent and will not be waited for.</summary>
    /// <param name="ids">Which; those that were answered meanwhile are passed over.</param>
    /// <param name="fault">What ends them.</param>
    /// <param name="message">Why, in words; null for time that ran out.</param>
    /// <param name="notice">The reason told to the server; null if it cannot be told any more.</param>
    private void EndSent(List<long> ids, Func<PendingCalls, long, CallFault> fault, string? message, string? notice)
    {
        var now = _door.Clock.GetTimestamp();
        var slab = _door.Slabs.Lease();
        var settled = new List<long>();
        var told = new List<long>();
        foreach (var id in ids)
        {
            if (!Pending.TrySettle(id, out var slot, out var sent))
            {
                continue;
            }

            settled.Add(id);
            if (notice is not null)
            {
                told.Add(id);
            }

            slab.AddEnded(in slot, Outcome.Local(fault(Pending, id), message ?? TimeoutMessage(id, slot.TimeoutMs), now - sent));
            if (slab.IsFull)
            {
                EndSettled(slab, settled);
                slab = _door.Slabs.Lease();
            }
        }

        EndSettled(slab, settled);
        if (told.Count > 0)
        {
            WriteCancelled(told, notice!);
        }

        _owner.RoomFreed();
    }

    private void EndSettled(Slab slab, List<long> settled)
    {
        End(slab, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(settled), default);
        settled.Clear();
    }

    private string TimeoutMessage(long id, int timeoutMs) => Pending.EndsByDeadline(id)
        ? "no answer before the call's deadline"
        : $"no answer within {timeoutMs} ms";
}
