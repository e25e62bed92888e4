using System.CommandLine;
using Penstock.Cli.Help;
using Penstock.Cli.Progress;
using Penstock.Cli.Servers;
using Penstock.Cli.Streams;
using Penstock.Cli.Summary;
using Penstock.Jobs;

namespace Penstock.Cli.Verbs;

/// <summary><c>penstock run JOB</c>.</summary>
internal static class RunVerb
{
    /// <summary>Runs as it is.</summary>
    private const string SampleJob =
        """
          version: 1
          servers:
            calc: { mock: {} }   # a real one: { command: npx, args: [-y, some-mcp-server] }
          input: { path: rows.csv }
          call:
            tool: calc/add
            arguments: { a: "{{a}}", b: "{{b}}" }
          output: { path: out.jsonl }   # failed rows go to out.errors.jsonl
        """;

    /// <summary>Servers get 2 s to end, and calls that were cut off their records.</summary>
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var job = new Argument<string>("JOB") { Description = "The job file, YAML or JSON." };
        var again = new Option<bool>("--again") { Description = "Empties output and errors files that exist, instead of refusing them, and runs every row afresh: it resumes nothing." };
        var progress = SharedOptions.Word<ProgressForm>("--progress");
        progress.Description = "How far the job is, on standard error: live (on a terminal, the default there), plain, json or none.";
        progress.HelpName = "FORM";
        var report = new Option<string?>("--report") { Description = "Writes the summary to a file, as JSON.", HelpName = "FILE" };
        var failures = SharedOptions.Failures();
        var limit = SharedOptions.Limit();
        var skip = SharedOptions.Skip();
        var only = new Option<string?>("--only") { Description = "Runs only the rows that have a record in a file: the errors file of an earlier run of this job. The input may be mended meanwhile, but must keep its rows.", HelpName = "FILE" };
        var sample = SharedOptions.Sample();
        var seed = new Option<int>("--seed") { Description = "What --sample is drawn from: the same seed gives the same rows.", HelpName = "N", DefaultValueFactory = static _ => 1 };
        var set = SharedOptions.Set();
        var verb = new Command("run", $"Runs a job: one record for each row of its input.\n\nA job file, complete; rows.csv has the columns a and b:\n{SampleJob}\n\nExamples:\n  penstock run job.yaml\n  penstock run job.yaml --sample 1% --limit 1000 --set output.path=trial.jsonl\n  penstock run job.yaml --again --max-failures 2% --report report.json\n  penstock run job.yaml --only out.errors.jsonl --set output.path=out.retry.jsonl\n  penstock run job.yaml --skip 8000 --set output.path=out.rest.jsonl\n\n{ExitCodes.Table}")
        {
            job, again, progress, report, failures, limit, skip, only, sample, seed, set,
        };
        verb.SetAction((parsed, _) => RunAsync(
            JobLine.Of(parsed, parsed.GetValue(job)!, parsed.GetValue(set) ?? [], parsed.GetValue(limit)),
            Job.Load(parsed.GetValue(job)!, parsed.GetValue(set)),
            parsed.GetValue(report),
            parsed.GetValue(progress),
            new JobRunOptions
            {
                Again = parsed.GetValue(again),
                MaxFailures = parsed.GetValue(failures).Rows,
                MaxFailureShare = parsed.GetValue(failures).Share,
                Limit = parsed.GetValue(limit),
                Skip = parsed.GetValue(skip),
                Only = parsed.GetValue(only),
                Sample = parsed.GetValue(sample) ?? 1,
                Seed = parsed.GetValue(seed),
            }));
        return verb;
    }

    private static async Task<int> RunAsync(JobLine line, Job job, string? reportPath, ProgressForm form, JobRunOptions options)
    {
        Messages.Hide(job.Secrets.Redact);
        using var view = ProgressView.Of(FormFor(form, job), line, Terminal.Error);
        options.MockCommand = OwnCommand.Line;
        options.StandardInput = job.Input.Path == Job.Standard ? Console.OpenStandardInput() : null;
        options.StandardOutput = job.OutputPath == Job.Standard ? StandardStreams.OpenOutput() : null;
        options.OnProgress = view.Tell;
        options.ProgressInterval = view.Interval;
        options.OnWarning = view.Warn;
        using var report = reportPath is null ? null : ReportFile.Open(job, reportPath, [(options.Only, "the file of --only"), .. line.EnvFiles.Select(static f => ((string?)f, "a file of --env-file"))]);
        using var signals = new StopSignals(view.Stopping);

        // On a thread of its own: a pipe without a writer blocks whoever opens it, and one without a reader whoever writes.
        var running = Task.Run(() => new JobRunner(job, options).RunAsync(signals.Stop, signals.Abort));
        if (await EndsAsync(running, options.Clock, signals.Abort).ConfigureAwait(false) is { } stuck)
        {
            return Messages.Fail(JobExitCode.Stopped, stuck);
        }

        var summary = await running.ConfigureAwait(false);
        var next = NextStep.Of(summary, job, line);
        view.Tell(summary, next);
        if (report?.Write(summary, next) is { } problem)
        {
            Messages.Write(problem);
        }

        return summary.ExitCode;
    }

    /// <summary>Waits for the end, but after an abort only for a moment.</summary>
    /// <returns>Why the end did not come; null if it did.</returns>
    internal static async Task<string?> EndsAsync(Task running, TimeProvider clock, CancellationToken abort)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = abort.UnsafeRegister(static t => ((TaskCompletionSource)t!).TrySetResult(), aborted).ConfigureAwait(false);
        if (await Task.WhenAny(running, aborted.Task).ConfigureAwait(false) != running)
        {
            await Task.WhenAny(running, Task.Delay(AbortLimit, clock, CancellationToken.None)).ConfigureAwait(false);
        }

        return running.IsCompleted ? null : "aborted, but an input or output that nobody else has opened, or reads, holds the job; it is left as it is, and rows that were taken may have no record";
    }

    /// <summary>Records that are printed on the terminal would be drawn over.</summary>
    private static ProgressForm FormFor(ProgressForm form, Job job) =>
        form is ProgressForm.Auto or ProgressForm.Live && IsTerminal(job.OutputPath) ? ProgressForm.Plain : form;

    private static bool IsTerminal(string path) => path == Job.Standard || StandardStreams.DescriptorOf(path) == DescriptorStream.Output ? !Console.IsOutputRedirected
        : StandardStreams.DescriptorOf(path) == DescriptorStream.Error ? !Console.IsErrorRedirected : path.StartsWith("/dev/tty", StringComparison.Ordinal) || path.StartsWith("/dev/pts/", StringComparison.Ordinal);
}
