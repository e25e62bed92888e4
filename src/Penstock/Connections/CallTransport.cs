using Penstock.Calls;
using Penstock.Connections;

namespace Penstock;

/// <summary>A transport that is handed one call at a time: HTTP, REST, an in-process function. Derive for protocols of your own.</summary>
public abstract class CallTransport : Transport
{
    /// <summary>Opens one channel. The engine owns it and disposes it exactly once.</summary>
    /// <exception cref="IOException">The channel could not be opened; the engine tries again with backoff.</exception>
    protected internal abstract ValueTask<CallChannel> ConnectAsync(CancellationToken stop);
}

/// <summary>
/// One open channel of a <see cref="CallTransport"/>. The engine hands calls to <see cref="Send"/> and then calls <see cref="Flush"/>, on one
/// thread at a time; the channel ends each call by its id with a <see cref="CompletionBurst"/>, from any thread, at most one burst at a time.
/// </summary>
public abstract class CallChannel : IAsyncDisposable
{
    private ChannelConnection? _connection;
    private string? _breakReason;

    /// <summary>The tools that can be called.</summary>
    public abstract IReadOnlyList<ToolDescription> Tools { get; }

    /// <summary>Takes one call over. What it needs of the call is copied before it returns; it must not wait.</summary>
    protected internal abstract void Send(OutboundCall call);

    /// <summary>The calls handed over so far are all there are for now.</summary>
    protected internal virtual void Flush()
    {
    }

    /// <summary>The call has ended without an answer (timeout, cancelled): what is still being done for it should be given up.</summary>
    protected internal virtual void Abort(long id)
    {
    }

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    /// <summary>Begins to end calls. Dispose the burst to publish them.</summary>
    protected CompletionBurst BeginCompletions() => new(_connection!.BeginBurst());

    /// <summary>
    /// The channel is of no use any more: every open call ends as <c>connection</c>, executed maybe. At any time, from any thread, under any lock:
    /// it does not wait, and what it causes happens on the thread pool.
    /// </summary>
    protected void Break(string reason)
    {
        Interlocked.CompareExchange(ref _breakReason, reason, null);
        _connection?.Break(_breakReason);
    }

    internal void Attach(ChannelConnection connection)
    {
        // Each side writes before it reads, so that one of them sees the other.
        Interlocked.Exchange(ref _connection, connection);
        if (Volatile.Read(ref _breakReason) is { } reason)
        {
            connection.Break(reason);
        }
    }
}

/// <summary>A call as a channel gets it. Borrowed.</summary>
public readonly ref struct OutboundCall
{
    internal OutboundCall(long id, string tool, ReadOnlySpan<byte> arguments, TimeSpan timeout)
    {
        Id = id;
        Tool = tool;
        Arguments = arguments;
        Timeout = timeout;
    }

    /// <summary>What the call is ended by.</summary>
    public long Id { get; }

    /// <summary>The tool's name, without the server's.</summary>
    public string Tool { get; }

    /// <summary>The arguments, one JSON object in UTF-8; may be empty.</summary>
    public ReadOnlySpan<byte> Arguments { get; }

    /// <summary>The longest wait for an answer.</summary>
    public TimeSpan Timeout { get; }
}

/// <summary>Calls that end together.</summary>
public readonly ref struct CompletionBurst
{
    private readonly ChannelBurst _burst;

    internal CompletionBurst(ChannelBurst burst) => _burst = burst;

    /// <summary>Ends a call well. An id that has ended already is counted as a late reply.</summary>
    /// <param name="id">The call.</param>
    /// <param name="result">The result, one JSON object in UTF-8; copied.</param>
    public void Complete(long id, ReadOnlySpan<byte> result) => _burst.Complete(id, default, result, null);

    /// <summary>Ends a call badly.</summary>
    /// <param name="id">The call.</param>
    /// <param name="fault">Why.</param>
    /// <param name="message">In words.</param>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="fault"/> is none (the default means success), or holds a value that its enumeration lacks.</exception>
    public void Fail(long id, CallFault fault, string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!fault.IsDefined || fault.Type == FaultType.None)
        {
            throw new ArgumentException(
                $"({(int)fault.Type}, {(int)fault.Executed}, {(int)fault.Origin}) is no fault that a call can end with; for success use Complete.", nameof(fault));
        }

        _burst.Complete(id, fault, default, message);
    }

    /// <summary>Publishes the calls.</summary>
    public void Dispose() => _burst.End();
}
