using System.Diagnostics;
using Penstock.Jobs.Config;
using Penstock.Jobs.Files;
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
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public JobRunner(Job job, JobRunOptions options)
        : this(job, options, JobEngine.Of)
    {
    }

    internal JobRunner(Job job, JobRunOptions options, Func<Job, JobRunOptions, JobEngine> createEngine)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _job = job;
        _options = options;
        _createEngine = createEngine;
    }

    /// <summary>Runs the job.</summary>
    /// <param name="stop">Reads no more rows, but finishes and records those that were taken.</param>
    /// <param name="abort">Ends at once; what was taken and is not finished is recorded as cancelled.</param>
    /// <exception cref="JobException">The job never got as far as its first row.</exception>
    public async Task<JobSummary> RunAsync(CancellationToken stop = default, CancellationToken abort = default)
    {
        var only = ReadOnly();
        OutputFiles.Check(_job, _options.Again);
        using var halted = CancellationTokenSource.CreateLinkedTokenSource(stop, abort);
        var source = JobInputs.Open(_job, _options.StandardInput, (row, id, input, problem) => _sink!.WriteBadRow(row, id, input, problem), halted.Token);
        source.Selection = new RowSelection(_options.Limit, _options.Sample, _options.Seed) { First = _options.Skip, Only = only };
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

    private RowSet? ReadOnly()
    {
        if (_options.Only is not { } path)
        {
            return null;
        }

        RowSetFile.Check(_job, path);
        return RowSetFile.Read(path);
    }

    private JobEngine CreateEngine()
    {
        try
        {
            var engine = _createEngine(_job, _options);
            var disposal = new Lazy<Task>(engine.Dispose);
            return engine with { Dispose = () => disposal.Value };
        }
        catch (PipelineConfigurationException e)
        {
            throw new JobException(JobExitCode.Config, [.. e.Problems.Select(_job.Secrets.Redact)]);
        }
    }

    private async Task<JobSummary> RunAsync(JobEngine engine, RowSource source, CancellationToken stop, CancellationToken abort)
    {
        var start = new ServerStart(_job, engine, _options, stop);
        await using (start.ConfigureAwait(false))
        {
            source.Bind(start.Schemas);
            try
            {
                await start.RunAsync().ConfigureAwait(false);
                stop.ThrowIfCancellationRequested();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                throw new JobException(JobExitCode.Stopped, ["stopped before the first row"]);
            }

            CheckTool(engine.List());
            return await RunRowsAsync(engine, source, stop, abort).ConfigureAwait(false);
        }
    }

    /// <summary>What would end every row ends the job before its first, and before its files are touched.</summary>
    private void CheckTool(IReadOnlyList<ServerStatus> servers)
    {
        var problems = new ProblemList();
        new ToolCheck(_job, problems).Run(server => servers.FirstOrDefault(s => s.Name == server.Name)?.Tools ?? []);
        if (problems.Count > 0)
        {
            throw new JobException(JobExitCode.Config, [.. problems.All.Select(static p => p.ToString())]);
        }
    }

    private async Task<JobSummary> RunRowsAsync(JobEngine engine, RowSource source, CancellationToken stop, CancellationToken abort)
    {
        _sink = await OpenSinkAsync(source).ConfigureAwait(false);
        var loop = new JobLoop(engine, source, _sink, _options, new BoundWatch(CapacityOf));
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

    private int CapacityOf(string server) =>
        _job.Servers.FirstOrDefault(s => s.Name == server)?.MaxInFlight ?? new ServerOptions(server).MaxInFlight;

    private async Task<RecordSink> OpenSinkAsync(RowSource source)
    {
        var (output, errors) = OutputFiles.OpenBoth(_job, _options.Again, _options.StandardOutput);
        try
        {
            await source.PrimeAsync().ConfigureAwait(false);
            if (source.Failure is { } failure)
            {
                throw new JobException(source.FailureCode, [failure]);
            }
        }
        catch
        {
            // An input that is none costs an earlier run nothing.
            output.Discard();
            errors.Discard();
            throw;
        }

        output.Empty();
        errors.Empty();
        var appended = source.Columns is null ? null : new AppendedRows(_job.Append!, source.Columns);
        return new RecordSink(output, errors, _job.Secrets, _job.Servers.Select(static s => s.Name), appended);
    }

    private JobSummary Summarize(JobLoop loop, RowSource source, string? broken, CancellationToken stop, CancellationToken abort)
    {
        var rest = stop.IsCancellationRequested || broken is not null ? source.CountRest(abort) : 0;
        using var process = Process.GetCurrentProcess();
        var latency = _sink!.Read(static tally => tally.Latency());
        var summary = _sink.Read(tally => new JobSummary
        {
            ExitCode = JobExitCode.Ok,
            Ok = tally.Ok,
            Failed = tally.Failed,
            Faults = tally.Faults(),
            Retried = tally.Retried,
            NotRun = rest + (abort.IsCancellationRequested ? 0 : source.Rows - tally.Ok - tally.Failed),
            FirstNotRun = rest is 0 ? null : source.Next,

            Unrecorded = source.Rows - tally.Ok - tally.Failed,

            // What was taken and has no record after an abort was perhaps sent: nobody is left who knows.
            MayHaveRun = loop.MayHaveRun + (abort.IsCancellationRequested ? source.Rows - tally.Ok - tally.Failed : 0),
            Elapsed = loop.Elapsed,
            LatencyMean = latency.Mean,
            LatencyP50 = latency.Percentile(0.5),
            LatencyP90 = latency.Percentile(0.9),
            LatencyP99 = latency.Percentile(0.99),
            LatencyMax = latency.Max,
            PeakMemory = process.PeakWorkingSet64,
            Servers = [.. tally.Servers.Select(static s => new ServerCounts(s.Key, s.Value.Ok, s.Value.Failed))],
            Tools = tally.Tools(),
            Warnings = _sink.TellMissing(),
            OutputPath = _job.OutputPath,
            ErrorsPath = _job.ErrorsPath,
        });

        // A stop that came when every row was done already stopped nothing.
        var isStopped = broken is not null || (stop.IsCancellationRequested && (summary.NotRun != 0 || summary.MayHaveRun > 0 || loop.Cancelled > 0));
        var reason = broken ?? source.Failure ?? (isStopped ? $"{(abort.IsCancellationRequested ? "aborted" : "stopped")} before the end of the input" : null);

        // 29 % of 100 rows are 29, and a little less in floating point.
        var allowed = Math.Max(_options.MaxFailures, (_options.MaxFailureShare * summary.Rows) + 1e-6);
        var failedCode = summary.Failed > allowed ? JobExitCode.RowsFailed : JobExitCode.Ok;
        return summary with
        {
            ExitCode = isStopped ? JobExitCode.Stopped : source.Failure is not null ? source.FailureCode : failedCode,
            StopReason = reason is null ? null : _job.Secrets.Redact(reason),
        };
    }
}
