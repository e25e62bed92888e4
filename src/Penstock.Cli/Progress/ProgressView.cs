using Penstock.Cli.Streams;
using Penstock.Cli.Summary;
using Penstock.Jobs;

namespace Penstock.Cli.Progress;

internal enum ProgressForm
{
    /// <summary>Live on a terminal, plain elsewhere.</summary>
    Auto,
    Live,
    Plain,
    Json,
    None,
}

/// <summary>What the user sees of a run, on standard error. Progress is told by one thread at a time, the rest by any.</summary>
internal abstract class ProgressView : IDisposable
{
    /// <summary>How often <see cref="Tell(JobProgress)"/> wants to be called.</summary>
    public abstract TimeSpan Interval { get; }

    /// <summary>The view of a form; a terminal that cannot move its cursor, or that records are printed on, gets plain lines.</summary>
    /// <param name="form">What was asked for.</param>
    /// <param name="line">The job.</param>
    /// <param name="terminal">Where it is shown.</param>
    public static ProgressView Of(ProgressForm form, JobLine line, Terminal terminal) =>
        form is ProgressForm.Auto or ProgressForm.Live && terminal.IsLive
            ? new LiveProgress(line, terminal)
            : new ProgressLines(form, terminal);

    public abstract void Tell(JobProgress progress);

    /// <summary>What is wrong and yet stops nothing.</summary>
    public abstract void Warn(string warning);

    /// <summary>A signal was obeyed.</summary>
    public abstract void Stopping(StopStep step);

    /// <summary>The end.</summary>
    public abstract void Tell(JobSummary summary, IReadOnlyList<NextStep> next);

    /// <summary>Leaves the terminal as it was, whether the job has ended or failed.</summary>
    public abstract void Dispose();
}
