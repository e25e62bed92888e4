using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Calls;
using Penstock.Connections;
using Penstock.Memory;
using Penstock.Servers;
using Penstock.Stages;

namespace Penstock;

/// <summary>Executes tool calls against a fleet of MCP servers. Thread-safe.</summary>
public sealed class ToolPipeline : IAsyncDisposable
{
    /// <summary>Slabs that stay pooled: 26 KiB each.</summary>
    private const int PooledSlabs = 256;

    /// <summary>Pages that stay pooled: 16 MiB.</summary>
    private const int PooledPages = 256;

    /// <summary>Chunks of results that stay pooled: 3 MiB, one stream's whole backlog of small results. With 64, a reader in arrears allocated 10 B per call.</summary>
    private const int PooledChunks = 256;

    /// <summary>How often waiting calls are looked over for deadlines.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(50);

    private readonly PipelineOptions _options;
    private readonly MemoryAccount _results;
    private readonly PagePool _pages = new(PooledPages);
    private readonly BoundedPool<ResultEntry[]> _chunks = new(static () => new ResultEntry[ResultQueue.ChunkLength], PooledChunks);
    private readonly Door _door;
    private readonly ServerTable _servers;
    private readonly IntakeGate _gate = new();
    private readonly IntakeContext _intake;
    private readonly SingleIntake _singles;
    private readonly FrontChain _front;
    private readonly MetricsStage _metrics;
    private readonly IReadOnlyList<ServerOptions> _firstServers;
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _sweeper;
    private readonly Lock _startGate = new();
    private Task<DeployReport>? _started;
    private volatile bool _isDraining;
    private int _isStopped;

    internal ToolPipeline(PipelineOptions options, IReadOnlyList<ServerOptions> servers, IReadOnlyList<UserStage> stages)
    {
        _options = options;
        _firstServers = servers;
        var requests = new MemoryAccount(options.Memory.Budget / 2) { RoomFreed = _gate.Pulse };
        _results = new MemoryAccount(options.Memory.Budget / 2) { RoomFreed = PumpAll };
        var slabs = new BoundedPool<Slab>(static () => new Slab(), PooledSlabs);
        _door = new Door(slabs, options.Clock);
        var counters = new ConnectionCounters();
        Metrics = new PipelineMetrics(_door, () => (Volatile.Read(ref counters.LateReplies), Volatile.Read(ref counters.GarbageLines)));
        _metrics = new MetricsStage(Metrics, slabs);
        _door.Ended = _metrics.Post;
        _servers = new ServerTable(_pages, requests);
        var logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Penstock");
        Fleet = new Fleet(
            this,
            _servers,
            new ServerContext(_door, _pages, requests, counters, logger),
            new TailContext(_door, _results, _gate, options.Batch.MaxCalls),
            options.StartConcurrency,
            _stop.Token);
        _front = new FrontChain(stages, _servers, new BatchStage(_door), _stop.Token);
        _intake = new IntakeContext(
            _door,
            _servers,
            requests,
            _gate,
            _front,
            new IntakeTimes(options.CallTimeout, options.SingleCallDeadline, options.Batch.Linger));
        _singles = new SingleIntake(_intake);
        _sweeper = options.Clock.CreateTimer(static p => ((ToolPipeline)p!).Sweep(isCancelled: false), this, SweepInterval, SweepInterval);
    }

    /// <summary>The servers.</summary>
    public Fleet Fleet { get; }

    /// <summary>Figures of what happened so far.</summary>
    public PipelineMetrics Metrics { get; }

    /// <summary>
    /// Starts the servers that were added to the builder and waits until each is up or has failed. A server that failed does not throw: see the
    /// report. Starting again returns the first start's report.
    /// </summary>
    public Task<DeployReport> StartAsync(CancellationToken stop = default)
    {
        lock (_startGate)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isStopped) == 1, this);
            _started ??= Fleet.StartAsync(_firstServers);
            return _started.WaitAsync(stop);
        }
    }

    /// <summary>
    /// Executes calls and yields their results as they end, in completion order; <see cref="ToolResult.Ordinal"/> says which call each is.
    /// A result is borrowed until the next iteration. Leaving the loop early cancels what is not sent yet, and tells the servers of the rest.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired.</exception>
    public IAsyncEnumerable<ToolResult> ExecuteAsync(IEnumerable<ToolCall> calls, CancellationToken stop = default) =>
        ExecuteAsync(calls, new ExecuteOptions(), stop);

    /// <inheritdoc cref="ExecuteAsync(IEnumerable{ToolCall}, CancellationToken)"/>
    public IAsyncEnumerable<ToolResult> ExecuteAsync(IEnumerable<ToolCall> calls, ExecuteOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(calls);
        ArgumentNullException.ThrowIfNull(options);
        return new Execution(this, options, (intake, token) => intake.RunAsync(calls, token), stop);
    }

    /// <inheritdoc cref="ExecuteAsync(IEnumerable{ToolCall}, CancellationToken)"/>
    public IAsyncEnumerable<ToolResult> ExecuteAsync(IAsyncEnumerable<ToolCall> calls, CancellationToken stop = default) =>
        ExecuteAsync(calls, new ExecuteOptions(), stop);

    /// <inheritdoc cref="ExecuteAsync(IEnumerable{ToolCall}, CancellationToken)"/>
    public IAsyncEnumerable<ToolResult> ExecuteAsync(IAsyncEnumerable<ToolCall> calls, ExecuteOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(calls);
        ArgumentNullException.ThrowIfNull(options);
        return new Execution(this, options, (intake, token) => intake.RunAsync(calls, token), stop);
    }

    /// <summary>Executes one call. A fault is an outcome, not an exception: look at <see cref="OwnedResult.Fault"/>.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired before the call ended.</exception>
    public async ValueTask<OwnedResult> CallAsync(ToolCall call, CancellationToken stop = default)
    {
        ThrowIfClosed();
        EnsureStarted();
        return await _singles.CallAsync(call, Cancel, stop).ConfigureAwait(false);
    }

    /// <summary>Waits until every call taken so far has ended. New streams and calls are refused from here on.</summary>
    public Task DrainAsync(CancellationToken stop = default)
    {
        _isDraining = true;
        return _door.WhenIdleAsync().WaitAsync(stop);
    }

    /// <summary>Drains, then stops the servers. When <paramref name="stop"/> fires, what is still open is ended as cancelled.</summary>
    public async Task StopAsync(CancellationToken stop = default)
    {
        await DrainAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Stops without draining: open calls end as cancelled, servers are stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        _isDraining = true;
        if (Interlocked.Exchange(ref _isStopped, 1) == 1)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await Fleet.StopAsync().ConfigureAwait(false);
        await _door.WhenIdleAsync().ConfigureAwait(false);
        await _front.CompleteAsync().ConfigureAwait(false);
        await Fleet.CompleteAsync().ConfigureAwait(false);
        await _metrics.CompleteAsync().ConfigureAwait(false);
        await _sweeper.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>What is lent out of the pools at this moment: all zero once the pipeline is disposed and every stream was left.</summary>
    internal (int Slabs, int Pages, int Cells, int Chunks) Leased => (_door.Slabs.Leased, _pages.Leased, _servers.LeasedCells, _chunks.Leased);

    internal IAsyncEnumerator<ToolResult> Open(
        ExecuteOptions options, Func<Intake, CancellationToken, Task> run, CancellationToken given, CancellationToken iterated)
    {
        ThrowIfClosed();
        EnsureStarted();

        // Two tokens can reach a stream, with the call and with the iteration; either ends it.
        var both = given.CanBeCanceled && iterated.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(given, iterated) : null;
        var stop = both?.Token ?? (iterated.CanBeCanceled ? iterated : given);
        var leave = CancellationTokenSource.CreateLinkedTokenSource(stop, _stop.Token);
        var source = Task.CompletedTask;
        CancellationTokenRegistration abort = default;
        var submission = new StreamSubmission(_pages, _chunks, _results, options, _options.Clock, _ => PumpAll(), CloseAsync);
        abort = stop.UnsafeRegister(
            static (s, token) =>
            {
                var (pipeline, submission) = ((ToolPipeline, StreamSubmission))s!;
                submission.Abort(new OperationCanceledException(token));
                pipeline.Cancel(submission);
            },
            (this, submission));
        source = run(new Intake(submission, _intake, options), leave.Token);
        return submission;

        async ValueTask CloseAsync(StreamSubmission left)
        {
            await abort.DisposeAsync().ConfigureAwait(false);
            await leave.CancelAsync().ConfigureAwait(false);
            if (left.Open > 0 || !source.IsCompleted)
            {
                left.MarkCancelled();
                await source.ConfigureAwait(false);
                Cancel(left);
            }

            leave.Dispose();
            both?.Dispose();
        }
    }

    private void Cancel(Submission submission)
    {
        foreach (var server in _servers.All)
        {
            ((TailChain)server.Queue).Sweep(isCancelled: true);
            server.Cancel(submission);
        }
    }

    private void PumpAll()
    {
        foreach (var server in _servers.All)
        {
            server.Queue.Pump();
        }
    }

    private void Sweep(bool isCancelled)
    {
        foreach (var server in _servers.All)
        {
            ((TailChain)server.Queue).Sweep(isCancelled);
        }
    }

    private void EnsureStarted()
    {
        if (_started is null)
        {
            _ = StartAsync();
        }
    }

    private void ThrowIfClosed()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isStopped) == 1, this);
        if (_isDraining)
        {
            throw new InvalidOperationException("The pipeline is draining and takes no new calls.");
        }
    }

    /// <summary>One <c>ExecuteAsync</c> that has not begun: it starts when it is iterated.</summary>
    private sealed class Execution(
        ToolPipeline pipeline, ExecuteOptions options, Func<Intake, CancellationToken, Task> run, CancellationToken stop)
        : IAsyncEnumerable<ToolResult>
    {
        public IAsyncEnumerator<ToolResult> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            pipeline.Open(options, run, stop, cancellationToken);
    }
}
