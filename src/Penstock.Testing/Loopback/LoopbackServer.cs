namespace Penstock.Testing;

/// <summary>
/// A mock server in this process, reached through <see cref="Transport"/>: each connect makes a pair of pipes in memory and serves it. For
/// tests: it counts, records, waits by signals, holds answers back, and breaks what it is told to break. Thread-safe.
/// </summary>
public sealed class LoopbackServer : IDisposable
{
    private int _connectsToFail;

    /// <summary>Creates a server with default settings.</summary>
    public LoopbackServer()
        : this(new MockServerOptions())
    {
    }

    /// <summary>Creates a server.</summary>
    /// <exception cref="PipelineConfigurationException">The options are wrong; the exception lists every problem.</exception>
    public LoopbackServer(MockServerOptions options)
    {
        Mock = new MockServer(options);
        Transport = new LoopbackTransport(this);
    }

    /// <summary>The server behind the pipes, for everything that is not repeated here.</summary>
    public MockServer Mock { get; }

    /// <summary>What leads to the server.</summary>
    public LoopbackTransport Transport { get; }

    /// <inheritdoc cref="MockServer.Connections"/>
    public long Connections => Mock.Connections;

    /// <inheritdoc cref="MockServer.CallsReceived"/>
    public long CallsReceived => Mock.CallsReceived;

    /// <inheritdoc cref="MockServer.CallsExecuted"/>
    public long CallsExecuted => Mock.CallsExecuted;

    /// <inheritdoc cref="MockServer.Cancelled"/>
    public long Cancelled => Mock.Cancelled;

    /// <inheritdoc cref="MockServer.ExecutedCalls"/>
    public IReadOnlyCollection<ExecutedCall> ExecutedCalls => Mock.ExecutedCalls;

    /// <inheritdoc cref="MockServer.HeldCalls"/>
    public IReadOnlyList<HeldCall> HeldCalls => Mock.HeldCalls;

    /// <inheritdoc cref="MockServer.CallsExecutedBy"/>
    public long CallsExecutedBy(string tool) => Mock.CallsExecutedBy(tool);

    /// <inheritdoc cref="MockServer.WaitForCallsAsync"/>
    public Task WaitForCallsAsync(long count, CancellationToken stop = default) => Mock.WaitForCallsAsync(count, stop);

    /// <inheritdoc cref="MockServer.WaitForCancelledAsync"/>
    public Task WaitForCancelledAsync(long count, CancellationToken stop = default) => Mock.WaitForCancelledAsync(count, stop);

    /// <inheritdoc cref="MockServer.WaitForHeldAsync"/>
    public Task WaitForHeldAsync(int count, CancellationToken stop = default) => Mock.WaitForHeldAsync(count, stop);

    /// <inheritdoc cref="MockServer.Hold"/>
    public void Hold() => Mock.Hold();

    /// <inheritdoc cref="MockServer.Release"/>
    public void Release() => Mock.Release();

    /// <inheritdoc cref="MockServer.Disconnect"/>
    public void Disconnect() => Mock.Disconnect();

    /// <summary>Refuses the next connects with an <see cref="IOException"/>, over what the fault script says.</summary>
    /// <param name="count">How many; replaces what is left of an earlier number. 0 or more.</param>
    public void FailNextConnects(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Volatile.Write(ref _connectsToFail, count);
    }

    /// <summary>Ends every open connection.</summary>
    public void Dispose() => Mock.Dispose();

    internal bool TakesConnect()
    {
        while (Volatile.Read(ref _connectsToFail) is var left and > 0)
        {
            if (Interlocked.CompareExchange(ref _connectsToFail, left - 1, left) == left)
            {
                return false;
            }
        }

        return true;
    }
}
