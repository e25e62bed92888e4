using Penstock.Jobs.Records;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Running;

/// <summary>Pushes a source through an engine into a sink, and says how that ended. Owns none of them.</summary>
internal sealed class JobLoop(JobEngine engine, RowSource source, RecordSink sink, JobRunOptions options, BoundWatch bounds)
{
    /// <summary>Records reach the files at least this often.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>How long the ends of calls are still recorded once an abort has stopped the engine: by then each has ended, and only a defect can hold one back.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Lock _telling = new();
    private long _started;
    private Task _aborting = Task.CompletedTask;

    public TimeSpan Elapsed { get; private set; }

    /// <summary>Calls that were cut off.</summary>
    public long Cancelled { get; private set; }

    /// <summary>Of those, the calls that were sent, and so may have been executed.</summary>
    public long MayHaveRun { get; private set; }

    /// <summary>Runs to the end of the source, or to its stop. On <paramref name="abort"/> the engine is stopped, and what it cut off is recorded.</summary>
    /// <returns>What broke the run; null if nothing did.</returns>
    public async Task<string?> RunAsync(CancellationToken abort)
    {
        using var ended = new CancellationTokenSource(Timeout.InfiniteTimeSpan, options.Clock);
        using var onBroken = sink.Broken.UnsafeRegister(static e => ((CancellationTokenSource)e!).Cancel(), ended);
        var onAbort = abort.UnsafeRegister(_ => _aborting = AbortAsync(ended), null);
        _started = options.Clock.GetTimestamp();
        var flushing = options.Clock.CreateTimer(_ => sink.Flush(), null, Tick, Tick);
        var interval = options.OnProgress is null ? Timeout.InfiniteTimeSpan : options.ProgressInterval;
        var telling = options.Clock.CreateTimer(_ => Tell(), null, interval, interval);
        string? broken = null;
        try
        {
            await ExecuteAsync(ended.Token).ConfigureAwait(false);
        }
        catch (Exception) when (ended.IsCancellationRequested || abort.IsCancellationRequested)
        {
            // What has no record yet is counted by the caller.
        }
        catch (Exception e)
        {
            broken = $"the engine failed: {e.Message}";
        }
        finally
        {
            await telling.DisposeAsync().ConfigureAwait(false);
            await flushing.DisposeAsync().ConfigureAwait(false);
            await onAbort.DisposeAsync().ConfigureAwait(false);
            await _aborting.ConfigureAwait(false);
        }

        sink.Flush();
        Elapsed = options.Clock.GetElapsedTime(_started);
        return sink.Failure ?? broken;
    }

    public JobProgress Progress()
    {
        var servers = engine.List();
        var inFlight = servers.Sum(static s => (long)s.InFlight);
        var progress = sink.Read(tally =>
        {
            var ended = tally.Ok + tally.Failed;
            var open = Math.Max(0, source.Calls - (ended - tally.Bad));
            return new JobProgress
            {
                Total = source.Total,

                // What was read ahead is not done.
                Fraction = source.Rows is > 0 and var read ? source.Fraction * Math.Min(1, (double)ended / read) : null,
                Ok = tally.Ok,
                Failed = tally.Failed,
                Retried = tally.Retried,
                InFlight = Math.Min(open, inFlight),
                Waiting = Math.Max(0, open - inFlight),
                Elapsed = options.Clock.GetElapsedTime(_started),
            };
        });
        var isInputWaitedFor = source.IsWaiting;
        return progress with { Bound = bounds.Look(new BoundSight(servers, progress.InFlight + progress.Waiting, isInputWaitedFor)) };
    }

    private async Task ExecuteAsync(CancellationToken stop)
    {
        await foreach (var result in engine.Execute(source, stop).ConfigureAwait(false))
        {
            if (result.Fault.Type == FaultType.Cancelled)
            {
                Cancelled++;
                MayHaveRun += result.Fault.Executed == Executed.No ? 0 : 1;
            }

            sink.Write(result);
        }
    }

    private async Task AbortAsync(CancellationTokenSource ended)
    {
        await engine.Dispose().ConfigureAwait(false);
        ended.CancelAfter(Grace);
    }

    /// <summary>Skipped while the last telling still goes on: a terminal may be stopped.</summary>
    private void Tell()
    {
        if (_telling.TryEnter())
        {
            try
            {
                options.OnProgress?.Invoke(Progress());
            }
            finally
            {
                _telling.Exit();
            }
        }
    }
}
