using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;

namespace Penstock.Testing;

/// <summary>
/// An MCP server that misbehaves on demand. It serves any number of connections, one loop each; counters, tools and faults are the
/// server's, handshakes and pending calls the connection's. Fast enough to stand behind a benchmark: <c>echo</c> and <c>add</c> allocate
/// nothing per call, waiting calls share one timer. Thread-safe.
/// </summary>
public sealed class MockServer : IDisposable
{
    internal const int PurposeOfFailure = 1;
    internal const int PurposeOfJitter = 2;

    // Reads of a pipe rarely give more than the 64 KiB that a Linux pipe holds.
    private const int ReadSize = 1 << 16;

    private readonly WaitableCount _received = new();
    private readonly WaitableCount _cancelled = new();
    private readonly WaitableCount _answers = new();
    private readonly ConcurrentQueue<ExecutedCall> _executed = new();
    private readonly Lock _lock = new();
    private readonly List<MockSession> _sessions = [];
    private long _connections;
    private long _lastCall;

    /// <summary>Creates a server; it serves nobody yet.</summary>
    /// <exception cref="PipelineConfigurationException">The options are wrong; the exception lists every problem.</exception>
    public MockServer(MockServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = options.Validate();
        if (problems.Count > 0)
        {
            throw new PipelineConfigurationException(problems);
        }

        Options = options.Copy();
        Tools = [.. options.BuiltInTools.Select(MockTool.BuiltIn), .. options.OwnTools.Select(static t => t.Copy())];
        Protocol = new MockProtocol(options, Tools);
        Wheel = new SleepWheel(options.Clock);
        DefaultOrder = options.IsIdLast ? MemberOrder.IdLast : MemberOrder.IdFirst;
    }

    /// <summary>The tools that a server has whose options name no others: <c>echo</c>, <c>add</c>, <c>sleep</c> and <c>fail</c>.</summary>
    public static IReadOnlyList<ToolDescription> ReadyMade { get; } = [.. MockTool.BuiltInNames.Select(static n => MockTool.BuiltIn(n).Description)];

    /// <summary>Connections so far, refused ones included.</summary>
    public long Connections => Volatile.Read(ref _connections);

    /// <summary>Connections that are open now.</summary>
    public int OpenConnections
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Count;
            }
        }
    }

    /// <summary>Tool calls read and taken up so far, whatever became of them: one that sleeps is on the clock by now.</summary>
    public long CallsReceived => _received.Value;

    /// <summary>Tool calls that reached their tool.</summary>
    public long CallsExecuted => Tools.Sum(static t => t.Executed);

    /// <summary><c>notifications/cancelled</c> read so far.</summary>
    public long Cancelled => _cancelled.Value;

    /// <summary>Answers of clients to requests of <see cref="Send"/>.</summary>
    public long AnswersReceived => _answers.Value;

    /// <summary>Answers that wait for their time.</summary>
    public int Sleeping => Wheel.Count;

    /// <summary>Every call that reached its tool, in order; empty unless <see cref="MockServerOptions.RecordsCalls"/>.</summary>
    public IReadOnlyCollection<ExecutedCall> ExecutedCalls => _executed;

    /// <summary>The answers that are held back, oldest first.</summary>
    public IReadOnlyList<HeldCall> HeldCalls => Held.Snapshot();

    /// <summary>The settings as they were when the server was created.</summary>
    internal MockServerOptions Options { get; }

    internal MockTool[] Tools { get; }

    internal MockProtocol Protocol { get; }

    internal SleepWheel Wheel { get; }

    internal HeldCalls Held { get; } = new();

    internal MemberOrder DefaultOrder { get; }

    /// <summary>
    /// Serves one connection until its input ends (calls that wait are dropped then), the server exits by fault, or
    /// <paramref name="stop"/> fires. The streams stay open: they are the caller's. Never throws.
    /// </summary>
    /// <returns>Why it ended.</returns>
    public async Task<StreamEnd> RunAsync(Stream input, Stream output, CancellationToken stop = default)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: ReadSize, minimumReadSize: ReadSize / 4, leaveOpen: true));
        var writer = PipeWriter.Create(output, new StreamPipeWriterOptions(minimumBufferSize: ReadSize, leaveOpen: true));
        var end = await ServeAsync(reader, writer, stop).ConfigureAwait(false);
        await reader.CompleteAsync().ConfigureAwait(false);
        return end;
    }

    /// <summary>
    /// Serves one connection as the other overload does, and completes both directions of the pipe at the end. Never throws.
    /// </summary>
    /// <returns>Why it ended.</returns>
    public async Task<StreamEnd> RunAsync(IDuplexPipe pipe, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        var end = await ServeAsync(pipe.Input, pipe.Output, stop).ConfigureAwait(false);
        await pipe.Output.CompleteAsync().ConfigureAwait(false);
        await pipe.Input.CompleteAsync().ConfigureAwait(false);
        return end;
    }

    /// <summary>Calls of one tool that reached it.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tool.</exception>
    public long CallsExecutedBy(string tool) =>
        Tools.FirstOrDefault(t => t.Name == tool)?.Executed ?? throw new KeyNotFoundException($"There is no tool '{tool}'.");

    /// <summary>Waits until at least this many tool calls were read; the tool of the last may still be about to run.</summary>
    public Task WaitForCallsAsync(long count, CancellationToken stop = default) => _received.WaitForAsync(count, stop);

    /// <summary>Waits until at least this many <c>notifications/cancelled</c> were read.</summary>
    public Task WaitForCancelledAsync(long count, CancellationToken stop = default) => _cancelled.WaitForAsync(count, stop);

    /// <summary>Waits until clients have answered at least this many requests of <see cref="Send"/>.</summary>
    public Task WaitForAnswersAsync(long count, CancellationToken stop = default) => _answers.WaitForAsync(count, stop);

    /// <summary>Waits until at least this many answers are held back at once.</summary>
    public Task WaitForHeldAsync(int count, CancellationToken stop = default) => Held.WaitForAsync(count, stop);

    /// <summary>
    /// Runs tools from now on but holds their answers back, until <see cref="Release"/>. Single ones are let go by <see
    /// cref="HeldCall.Release"/>.
    /// </summary>
    public void Hold() => Held.Hold();

    /// <summary>Holds no more, and lets go what is held, oldest first.</summary>
    public void Release() => Held.ReleaseAll();

    /// <summary>Writes a line to every open connection: a notification, a request, or anything else.</summary>
    /// <param name="line">Without line breaks. It is not checked.</param>
    public void Send(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        foreach (var session in Sessions())
        {
            session.Append(bytes);
            session.Publish();
        }
    }

    /// <summary>Ends every open connection at once, in the middle of whatever it does.</summary>
    public void Disconnect() => Abort("disconnected");

    /// <summary>Ends every open connection and stops the timer.</summary>
    public void Dispose()
    {
        Abort("stopped");
        Wheel.Dispose();
    }

    /// <summary>Counts a connect and waits as long as the script says.</summary>
    /// <returns>The connect's number and its fault.</returns>
    internal async ValueTask<(long Number, Fault? Fault)> AdmitAsync(CancellationToken stop)
    {
        var number = Interlocked.Increment(ref _connections);
        var fault = Options.Faults?.ForConnect(number);
        if (fault?.Kind == FaultKind.Delay)
        {
            await Task.Delay(fault.Time, Options.Clock, stop).ConfigureAwait(false);
        }

        return (number, fault);
    }

    internal async Task<StreamEnd> ServeAsync(PipeReader input, PipeWriter output, long number, Fault? fault, CancellationToken stop)
    {
        var session = new MockSession(this, input, output, fault, number);
        lock (_lock)
        {
            _sessions.Add(session);
        }

        var registration = stop.UnsafeRegister(static s => ((MockSession)s!).Abort(new StreamEnd(false, "stopped")), session);
        await using (registration.ConfigureAwait(false))
        {
            var end = await session.RunAsync().ConfigureAwait(false);
            lock (_lock)
            {
                _sessions.Remove(session);
            }

            return end;
        }
    }

    /// <summary>The number of a call, from 1, in the order in which they are read.</summary>
    internal long NextCallNumber() => Interlocked.Increment(ref _lastCall);

    internal void CountCall() => _received.Add(1);

    internal void CountCancelled() => _cancelled.Add(1);

    internal void CountAnswer() => _answers.Add(1);

    internal void CountExecution(MockTool tool, ReadOnlySpan<byte> arguments)
    {
        tool.CountExecution();
        if (!Options.RecordsCalls && Options.OnExecuted is null)
        {
            return;
        }

        var call = new ExecutedCall(tool.Name, Encoding.UTF8.GetString(arguments));
        if (Options.RecordsCalls)
        {
            _executed.Enqueue(call);
        }

        Options.OnExecuted?.Invoke(call);
    }

    internal MemberOrder OrderOf(long call) =>
        Options.Faults is { ShufflesMembers: true } script ? (MemberOrder)script.OrderOf(call, Envelope.Orders) : DefaultOrder;

    private async Task<StreamEnd> ServeAsync(PipeReader input, PipeWriter output, CancellationToken stop)
    {
        try
        {
            var (number, fault) = await AdmitAsync(stop).ConfigureAwait(false);
            return fault?.Kind == FaultKind.RefuseConnect
                ? new StreamEnd(true, "refused the connection by script")
                : await ServeAsync(input, output, number, fault, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new StreamEnd(false, "stopped");
        }
    }

    private MockSession[] Sessions()
    {
        lock (_lock)
        {
            return [.. _sessions];
        }
    }

    private void Abort(string reason)
    {
        foreach (var session in Sessions())
        {
            session.Abort(new StreamEnd(false, reason));
        }
    }
}
