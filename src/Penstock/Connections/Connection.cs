using Penstock.Calls;

namespace Penstock.Connections;

// Room Connections: one duplex way to a server each; writes calls, ends them. Never chooses a server, never retries.

/// <summary>Whoever keeps a connection. Called on the connection's threads, without its locks.</summary>
internal interface IConnectionOwner
{
    /// <summary>Calls have ended, or a blocked writer is free: more can be sent.</summary>
    void RoomFreed();

    /// <summary>These calls were taken but have surely not reached the peer. The slab is handed over.</summary>
    void Unsent(Slab slab);

    /// <summary>The server says that its tools have changed.</summary>
    void ToolsChanged();
}

/// <summary>One way to one server: a byte stream, or a user's channel of calls.</summary>
internal abstract class Connection(TimeProvider clock, ConnectionLimits limits)
{
    private readonly TaskCompletionSource<ConnectionLoss> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _latency;
    private long _answered;
    private FrugalMedian _median;

    /// <summary>Calls in flight, stragglers among them.</summary>
    public int InFlight => Pending.Count;

    /// <summary>How many more calls may be sent now.</summary>
    public int Room => IsWritable ? Math.Max(0, limits.Window - Pending.Counted) : 0;

    /// <summary>Mean time from write to answer, smoothed, in timestamp units.</summary>
    public long Latency => Volatile.Read(ref _latency);

    /// <summary>Calls answered by the server.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>The negotiated era; <see cref="ProtocolEra.Auto"/> before that.</summary>
    public ProtocolEra Era { get; set; }

    /// <summary>The process at the other end, if it is one of ours.</summary>
    public virtual int? ProcessId => null;

    /// <summary>Completes when the connection is of no use any more and all its calls have ended or were handed back.</summary>
    public Task<ConnectionLoss> Closed => _closed.Task;

    protected PendingCalls Pending { get; } = new(clock, new Stragglers(limits.Window, limits.MaxStragglers));

    protected abstract bool IsWritable { get; }

    /// <summary>Writes calls. They move, except those that are not taken because the connection was lost or blocked meanwhile.</summary>
    /// <returns>How many of the calls, from the first, were taken.</returns>
    public abstract int Send(ReadOnlySpan<CallSlot> slots);

    /// <summary>Ends the open calls of a submission and tells the server.</summary>
    public abstract void Cancel(Submission submission);

    /// <summary>Ends the connection. Open calls end as faults; returns when everything is given back.</summary>
    public abstract Task CloseAsync(string reason);

    protected void MarkClosed(ConnectionLoss loss) => _closed.TrySetResult(loss);

    /// <summary>Takes the measure of an answer. Called by the one reader.</summary>
    /// <param name="latency">Time from write to answer, in timestamp units.</param>
    internal void Observe(long latency) => _median.Add(latency);

    /// <summary>Lets calls leave the window's count that are late beside their peers.</summary>
    /// <returns>Whether there is more room for it.</returns>
    protected bool MarkStragglers() => Pending.MarkStragglers(clock.GetTimestamp(), _median.Value);

    /// <summary>Takes the measure of a burst of answers. Called by the one reader.</summary>
    protected void Observe(int count, long totalLatency)
    {
        var mean = totalLatency / count;
        var latency = _latency;
        Volatile.Write(ref _latency, latency == 0 ? mean : latency + ((mean - latency) / 8));
        Volatile.Write(ref _answered, _answered + count);
    }
}

/// <summary>Why a connection was lost.</summary>
/// <param name="IsProcessExit">Whether the server's process ended.</param>
/// <param name="Message">In words.</param>
internal sealed record ConnectionLoss(bool IsProcessExit, string Message)
{
    public FaultType Type => IsProcessExit ? FaultType.ServerExited : FaultType.Connection;
}
