using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Calls;
using Penstock.Connections;
using Penstock.Memory;
using Penstock.Servers;
using Penstock.Stages;

namespace Penstock;

/// <summary>Executes tool calls against a fleet of MCP servers. Thread-safe.</summary>
public sealed partial class ToolPipeline : IAsyncDisposable
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
    private readonly OpenSources _sources = new();
    private readonly IntakeContext _intake;
    private readonly SingleIntake _singles;
    private readonly FrontChain _front;
    private readonly MetricsStage _metrics;
    private readonly ResultChain? _resultStages;
    private readonly IReadOnlyList<ServerOptions> _firstServers;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;

    /// <summary>Fires when the pipeline is disposed wholly: no stream need wait for anything any more.</summary>
    private readonly CancellationTokenSource _gone = new();
    private readonly ITimer _sweeper;
    private readonly Lock _startGate = new();
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<DeployReport>? _started;
    private Task? _drained;
    private int _isStopped;

    internal ToolPipeline(PipelineOptions options, IReadOnlyList<ServerOptions> servers, IReadOnlyList<UserStage> stages, IReadOnlyList<ResultStage> resultStages)
    {
        _options = options;
        _stopping = _stop.Token;
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
        var tails = new TailContext(_door, _results, _gate, options.Batch.MaxCalls);
        Fleet = new Fleet(
            this,
            _servers,
            new ServerContext(_door, _pages, requests, counters, logger),
            tails,
            options.StartConcurrency,
            _stopping);
        _front = new FrontChain(stages, _servers, new BatchStage(_door, _gate), _stopping);
        if (resultStages.Count > 0)
        {
            _resultStages = new ResultChain(resultStages, _door, _results, _front, PumpAll, _stopping);
            tails.ResultStages = _resultStages;
            _door.ResultStages = _resultStages.Post;
        }

        _intake = new IntakeContext(
            _door,
            _servers,
            requests,
            _gate,
            _sources,
            _front,
            new IntakeTimes(options.CallTimeout, options.SingleCallDeadline, options.Batch.Linger));
        _singles = new SingleIntake(_intake);
        // It is no part of whatever request or activity builds the pipeline.
        using (ExecutionContext.SuppressFlow())
        {
            _sweeper = options.Clock.CreateTimer(static p => ((ToolPipeline)p!).Sweep(isCancelled: false), this, SweepInterval, SweepInterval);
        }
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
    /// A result is borrowed until the next iteration. Leaving the loop early cancels what is not sent yet, tells the servers of the rest, and waits
    /// until the source has returned from what it is doing: one that blocks should heed a token of its own.
    /// The stream begins when it is iterated: on a draining pipeline that throws <see cref="InvalidOperationException"/>, on a disposed one
    /// <see cref="ObjectDisposedException"/>.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired, or the pipeline was disposed before the source had been read to its end.</exception>
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
    /// <exception cref="InvalidOperationException">The pipeline is draining, or the caller is one of its own stages.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was stopped or disposed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The call's timeout is not more than 0.</exception>
    public async ValueTask<OwnedResult> CallAsync(ToolCall call, CancellationToken stop = default)
    {
        if (!CallIntake.IsValid(call.Timeout))
        {
            throw new ArgumentOutOfRangeException(nameof(call), call.Timeout, $"The call's timeout is {call.Timeout}; {ToolCall.TimeoutRange}.");
        }

        OpenSource();
        return await _singles.CallAsync(call, Cancel, stop).ConfigureAwait(false);
    }

    /// <summary>
    /// Finishes what is in: waits until every open stream's source was read to its end and every call has ended. From here on new
    /// streams and calls are refused with <see cref="InvalidOperationException"/>, also those that a running source makes. A stream whose
    /// results are not read does not end, and draining waits for it. Draining cannot be taken back; calling again waits for the same end.
    /// </summary>
    /// <param name="stop">Ends the waiting, not the draining: nothing is lost, streams and calls go on.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired while streams or calls were still open.</exception>
    /// <exception cref="InvalidOperationException">The caller is one of the pipeline's stages; thrown at once, and nothing is drained.</exception>
    public Task DrainAsync(CancellationToken stop = default)
    {
        StageScope.ThrowIfStoppedInside(_front);
        return WaitUntilDrainedAsync(stop);
    }

    private async Task WaitUntilDrainedAsync(CancellationToken stop)
    {
        _sources.Refuse();
        Task drained;
        lock (_startGate)
        {
            drained = _drained ??= DrainOnceAsync();
        }

        try
        {
            // A disposed pipeline has ended every call; a source that does not heed its token is not waited for.
            await Task.WhenAny(drained, _disposed.Task).WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(
                $"The pipeline is still draining: {_sources.Count} sources are not read to their end, {_door.AcceptedCount - _door.EndedCount} calls have not ended. Nothing is lost: they go on, and can be waited for again.",
                stop);
        }
    }

    /// <summary>
    /// Drains, then stops the servers. When <paramref name="stop"/> fires, what is still open is ended as cancelled. Returns when the
    /// pipeline is disposed, whoever began that.
    /// </summary>
    /// <exception cref="InvalidOperationException">The caller is one of the pipeline's stages; thrown at once, and nothing is stopped.</exception>
    public Task StopAsync(CancellationToken stop = default)
    {
        StageScope.ThrowIfStoppedInside(_front);
        return DrainAndDisposeAsync(stop);
    }

    private async Task DrainAndDisposeAsync(CancellationToken stop)
    {
        await WaitUntilDrainedAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Stops without draining: open calls end as cancelled, servers are stopped. Whoever disposes while another does waits for the same end.
    /// </summary>
    /// <exception cref="InvalidOperationException">The caller is one of the pipeline's stages.</exception>
    public ValueTask DisposeAsync()
    {
        StageScope.ThrowIfStoppedInside(_front);
        _sources.Refuse();
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            _ = DisposeOnceAsync();
        }

        return new ValueTask(_disposed.Task);
    }

    /// <summary>What is lent out of the pools at this moment: all zero once the pipeline is disposed and every stream was left.</summary>
    internal (int Slabs, int Pages, int Cells, int Chunks) Leased => (_door.Slabs.Leased, _pages.Leased, _servers.LeasedCells, _chunks.Leased);

    internal IAsyncEnumerator<ToolResult> Open(
        ExecuteOptions options, Func<Intake, CancellationToken, Task> run, CancellationToken given, CancellationToken iterated)
    {
        OpenSource();
        try
        {
            return OpenStream(options, run, given, iterated);
        }
        catch
        {
            // A token whose source is disposed.
            _sources.End();
            throw;
        }
    }

    private StreamSubmission OpenStream(
        ExecuteOptions options, Func<Intake, CancellationToken, Task> run, CancellationToken given, CancellationToken iterated)
    {
        // Two tokens can reach a stream, with the call and with the iteration; either ends it.
        var both = given.CanBeCanceled && iterated.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(given, iterated) : null;
        var stop = both?.Token ?? (iterated.CanBeCanceled ? iterated : given);
        var leave = CancellationTokenSource.CreateLinkedTokenSource(stop, _stopping);
        var source = Task.CompletedTask;
        CancellationTokenRegistration abort = default;
        CancellationTokenRegistration cutOff = default;
        var submission = new StreamSubmission(_pages, _chunks, _results, options, _options.Clock, _ => PumpAll(), CloseAsync);
        abort = stop.UnsafeRegister(
            static (s, token) =>
            {
                var (pipeline, submission) = ((ToolPipeline, StreamSubmission))s!;
                submission.Abort(new OperationCanceledException(token));
                pipeline.Cancel(submission);
            },
            (this, submission));
        cutOff = _gone.Token.UnsafeRegister(
            static s => ((StreamSubmission)s!).CutOff(
                new OperationCanceledException("The pipeline was disposed before the stream's source had been read to its end.")),
            submission);
        source = RunSourceAsync(run, new Intake(submission, _intake, options), leave.Token);
        return submission;

        async ValueTask CloseAsync(StreamSubmission left)
        {
            await abort.DisposeAsync().ConfigureAwait(false);
            await cutOff.DisposeAsync().ConfigureAwait(false);
            await leave.CancelAsync().ConfigureAwait(false);
            if (left.Open > 0 || !source.IsCompleted)
            {
                // Before the source is waited for: it may take its time. What it still brings ends by the mark.
                left.MarkCancelled();
                Cancel(left);
                await source.ConfigureAwait(false);
            }

            leave.Dispose();
            both?.Dispose();
        }
    }

    private async Task RunSourceAsync(Func<Intake, CancellationToken, Task> run, Intake intake, CancellationToken stop)
    {
        try
        {
            await run(intake, stop).ConfigureAwait(false);
        }
        finally
        {
            _sources.End();
        }
    }

    private async Task DrainOnceAsync()
    {
        // In this order: once no source is open, nothing more is taken in.
        await _sources.WhenNone.ConfigureAwait(false);
        await _door.WhenIdleAsync().ConfigureAwait(false);
    }

    private async Task DisposeOnceAsync()
    {
        try
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await Fleet.StopAsync().ConfigureAwait(false);
            await _door.WhenIdleAsync().ConfigureAwait(false);
            await _front.CompleteAsync().ConfigureAwait(false);
            await Fleet.CompleteAsync().ConfigureAwait(false);
            await (_resultStages?.CompleteAsync() ?? Task.CompletedTask).ConfigureAwait(false);
            await _metrics.CompleteAsync().ConfigureAwait(false);
            await _sweeper.DisposeAsync().ConfigureAwait(false);
            await _gone.CancelAsync().ConfigureAwait(false);
            _stop.Dispose();
            _disposed.SetResult();
        }
        catch (Exception e)
        {
            _disposed.SetException(e);
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

        // A fleet without servers has nobody else to wake the sources.
        _gate.Pulse();
    }

    private void Sweep(bool isCancelled)
    {
        foreach (var server in _servers.All)
        {
            ((TailChain)server.Queue).Sweep(isCancelled);
        }
    }

    /// <summary>Whoever brings calls is counted first, and ends the count when its last call is at the door.</summary>
    private void OpenSource()
    {
        StageScope.ThrowIfInside(_front);
        if (!_sources.TryOpen())
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isStopped) == 1, this);
            throw new InvalidOperationException("The pipeline is draining and takes no new calls.");
        }

        try
        {
            if (_started is null)
            {
                _ = StartAsync(CancellationToken.None);
            }
        }
        catch
        {
            _sources.End();
            throw;
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
