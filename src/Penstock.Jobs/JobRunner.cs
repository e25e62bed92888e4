using System.Diagnostics;
using Penstock.Jobs.Records;
using Penstock.Jobs.Rows;
using Penstock.Jobs.Running;

namespace Penstock.Jobs;

/// <summary>Runs one job, once: starts its servers, pushes its rows through them, writes one record for each row.</summary>
public sealed class JobRunner
{
    private readonly Job _job;
    private readonly JobRunOptions _options;
    private readonly Func<Job, JobRunOptions, JobEngine> _createEngine;
    private RecordSink? _sink;

    /// <summary>Prepares a run.</summary>
    public JobRunner(Job job, JobRunOptions options)
        : this(job, options, JobEngine.Of)
    {
    }

    internal JobRunner(Job job, JobRunOptions options, Func<Job, JobRunOptions, JobEngine> createEngine)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(options);
        _job = job;
        _options = options;
        _createEngine = createEngine;
    }

    /// <summary>Runs the job.</summary>
    /// <param name="stop">Reads no more rows, but finishes and records those that were taken.</param>
    /// <param name="abort">Ends at once; what is not finished has no record.</param>
    /// <exception cref="JobException">The job never got as far as its first row.</exception>
    public async Task<JobSummary> RunAsync(CancellationToken stop = default, CancellationToken abort = default)
    {
        OutputFiles.Check(_job, _options.Again);
        using var halted = CancellationTokenSource.CreateLinkedTokenSource(stop, abort);
        var source = JobInputs.Open(_job, _options.StandardInput, (row, id, input, problem) => _sink!.WriteBadRow(row, id, input, problem), halted.Token);
        try
        {
            var engine = CreateEngine();
            try
            {
                return await RunAsync(engine, source, halted.Token, abort).ConfigureAwait(false);
            }
            finally
            {
                await engine.Dispose().ConfigureAwait(false);
            }
        }
        finally
        {
            _sink?.Dispose();
            source.Close();
        }
    }

    private JobEngine CreateEngine()
    {
        try
        {
            return _createEngine(_job, _options);
        }
        catch (PipelineConfigurationException e)
        {
            throw new JobException(JobExitCode.Config, [.. e.Problems.Select(_job.Secrets.Redact)]);
        }
    }

    private async Task<JobSummary> RunAsync(JobEngine engine, RowSource source, CancellationToken stop, CancellationToken abort)
    {
        try
        {
            var report = await engine.Start(stop).ConfigureAwait(false);
            Check(report, stop);
            source.Bind(Schemas(report));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new JobException(JobExitCode.Stopped, ["stopped before the first row"]);
        }

        _sink = OpenSink();
        var loop = new JobLoop(engine, source, _sink, _options);
        var broken = await loop.RunAsync(abort).ConfigureAwait(false);
        if (broken is null && !abort.IsCancellationRequested)
        {
            try
            {
                await engine.Stop(abort).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (abort.IsCancellationRequested)
            {
                // The disposal that follows stops at once.
            }
        }

        return Summarize(loop, source, broken, stop, abort);
    }

    /// <summary>One healthy server is enough to go on: rows of the others fail by themselves.</summary>
    private void Check(DeployReport report, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        string[] failures =
        [
            .. report.Servers
                .Where(static s => s.State != ServerState.Up)
                .Select(s => _job.Secrets.Redact($"server '{s.Name}' did not start: {s.Failure ?? s.State.ToString()}")),
        ];
        if (report.Up == 0)
        {
            throw new JobException(JobExitCode.NoServer, failures);
        }

        Array.ForEach(failures, f => _options.OnWarning?.Invoke(f));
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Schemas(DeployReport report)
    {
        var schemas = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var server in report.Servers)
        {
            foreach (var tool in server.Tools)
            {
                schemas[$"{server.Name}/{tool.Name}"] = tool.InputSchema;
            }
        }

        return schemas;
    }

    private RecordSink OpenSink()
    {
        var (output, errors) = OutputFiles.OpenBoth(_job, _options.Again, _options.StandardOutput);
        return new RecordSink(output, errors, _job.Secrets, _job.Servers.Select(static s => s.Name));
    }

    private JobSummary Summarize(JobLoop loop, RowSource source, string? broken, CancellationToken stop, CancellationToken abort)
    {
        var rest = stop.IsCancellationRequested || broken is not null ? source.CountRest(abort) : 0;
        using var process = Process.GetCurrentProcess();
        var summary = _sink!.Read(tally => new JobSummary
        {
            ExitCode = JobExitCode.Ok,
            Ok = tally.Ok,
            Failed = tally.Failed,
            Faults = tally.Faults(),
            Retried = tally.Retried,
            NotRun = rest + source.Rows - tally.Ok - tally.Failed,
            Elapsed = loop.Elapsed,
            LatencyMean = tally.Latency.Mean,
            LatencyP50 = tally.Latency.Percentile(0.5),
            LatencyP99 = tally.Latency.Percentile(0.99),
            PeakMemory = process.PeakWorkingSet64,
            Servers = [.. tally.Servers.Select(static s => new ServerCounts(s.Key, s.Value.Ok, s.Value.Failed))],
            OutputPath = _job.OutputPath,
            ErrorsPath = _job.ErrorsPath,
        });

        // A stop that came when every row was done already stopped nothing.
        var isStopped = broken is not null || (stop.IsCancellationRequested && summary.NotRun != 0);
        var reason = broken ?? source.Failure ?? (isStopped ? "stopped before the end of the input" : null);
        var failedCode = summary.Failed > _options.MaxFailures ? JobExitCode.RowsFailed : JobExitCode.Ok;
        return summary with
        {
            ExitCode = isStopped ? JobExitCode.Stopped : source.Failure is not null ? JobExitCode.Input : failedCode,
            StopReason = reason is null ? null : _job.Secrets.Redact(reason),
        };
    }
}
