using System.CommandLine;
using Penstock.Jobs;

namespace Penstock.Cli;

/// <summary><c>penstock run JOB</c>.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        var job = new Argument<string>("JOB") { Description = "The job file, YAML or JSON." };
        var again = new Option<bool>("--again") { Description = "Empties output and errors files that exist, instead of refusing them." };
        var progress = new Option<ProgressForm>("--progress") { Description = "How far the job is, on standard error: plain, json or none.", HelpName = "FORM" };
        var report = new Option<string?>("--report") { Description = "Writes the summary to a file, as JSON.", HelpName = "FILE" };
        var failures = SharedOptions.Number("--max-failures", "N", "Failed rows with which the exit code is still 0. Default 0.", 0L);
        var set = SharedOptions.Set();
        var verb = new Command("run", "Runs a job: one record for each row, in the output or in the errors file.\n\nExample:\n  penstock run job.yaml --again --set input.range=1000 --report report.json")
        {
            job, again, progress, report, failures, set,
        };
        verb.SetAction((parsed, _) => RunAsync(
            Job.Load(parsed.GetValue(job)!, parsed.GetValue(set)),
            parsed.GetValue(report),
            new ProgressLines(parsed.GetValue(progress), Console.Error),
            new JobRunOptions { Again = parsed.GetValue(again), MaxFailures = parsed.GetValue(failures) }));
        return verb;
    }

    private static async Task<int> RunAsync(Job job, string? reportPath, ProgressLines lines, JobRunOptions options)
    {
        Messages.Hide(job.Secrets.Redact);
        options.MockCommand = OwnCommand.Line;
        options.StandardInput = job.Input.Path == Job.Standard ? Console.OpenStandardInput() : null;
        options.StandardOutput = job.OutputPath == Job.Standard ? StandardStreams.OpenOutput() : null;
        options.OnProgress = lines.Tell;
        options.OnWarning = Messages.Write;
        using var report = reportPath is null ? null : ReportFile.Open(job, reportPath);
        using var signals = new StopSignals(isTold: true);
        var summary = await new JobRunner(job, options).RunAsync(signals.Stop, signals.Abort).ConfigureAwait(false);
        lines.Tell(summary);
        if (report?.Write(summary) is { } problem)
        {
            Messages.Write(problem);
        }

        return summary.ExitCode;
    }
}
