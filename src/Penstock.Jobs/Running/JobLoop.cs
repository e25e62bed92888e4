using Penstock.Jobs.Records;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Running;

/// <summary>Pushes a source through an engine into a sink, and says how that ended. Owns none of them.</summary>
internal sealed class JobLoop(JobEngine engine, RowSource source, RecordSink sink, JobRunOptions options)
{
    /// <summary>Records reach the files at least this often, and progress is told as often.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private long _started;

    public TimeSpan Elapsed { get; private set; }

    /// <summary>Runs to the end of the source, or to its stop; returns early on <paramref name="abort"/>.</summary>
    /// <returns>What broke the run; null if nothing did.</returns>
    public async Task<string?> RunAsync(CancellationToken abort)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(abort, sink.Broken);
        _started = options.Clock.GetTimestamp();
        var timer = options.Clock.CreateTimer(_ => OnTick(), null, Tick, Tick);
        string? broken = null;
        try
        {
            await ExecuteAsync(ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // What was cut off is counted by the caller.
        }
        catch (Exception e)
        {
            broken = $"the engine failed: {e.Message}";
        }
        finally
        {
            await timer.DisposeAsync().ConfigureAwait(false);
        }

        sink.Flush();
        Elapsed = options.Clock.GetElapsedTime(_started);
        return sink.Failure ?? broken;
    }

    public JobProgress Progress() => sink.Read(tally => new JobProgress
    {
        Total = source.Total,
        Fraction = source.Fraction,
        Ok = tally.Ok,
        Failed = tally.Failed,
        Retried = tally.Retried,
        InFlight = Math.Max(0, source.Calls - (tally.Ok + tally.Failed - tally.Bad)),
        Elapsed = options.Clock.GetElapsedTime(_started),
    });

    private async Task ExecuteAsync(CancellationToken stop)
    {
        await foreach (var result in engine.Execute(source, stop).ConfigureAwait(false))
        {
            // A call that was cut off has no record: the row was not run.
            if (result.Fault.Type == FaultType.Cancelled && stop.IsCancellationRequested)
            {
                break;
            }

            sink.Write(result);
        }
    }

    private void OnTick()
    {
        sink.Flush();
        options.OnProgress?.Invoke(Progress());
    }
}
