using Penstock.Cli.Text;
using Penstock.Jobs;

namespace Penstock.Cli.Summary;

/// <summary>One line of a summary.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Number">Its figure.</param>
/// <param name="More">The rest, in words.</param>
/// <param name="Tone">How the figure looks on a terminal.</param>
/// <param name="IsCut">Whether the rest is cut where the line ends, and not continued on the next.</param>
internal sealed record SummaryFact(string Name, string Number, string More, Tone Tone = Tone.Plain, bool IsCut = false)
{
    /// <summary>The rest, in so many columns.</summary>
    public string MoreIn(int columns) => !IsCut || TextWidth.CellsOf(More) <= columns ? More : $"{Cut(Math.Max(1, columns - 1))}…";

    private string Cut(int columns)
    {
        var end = Math.Min(More.Length, columns);
        while (end > 0 && TextWidth.CellsOf(More.AsSpan(0, end)) > columns)
        {
            end--;
        }

        return end > 0 && char.IsHighSurrogate(More[end - 1]) ? More[..(end - 1)] : More[..end];
    }
}

/// <summary>What a summary says, however it is shown. Nothing in it that a terminal would obey.</summary>
internal sealed record SummaryFacts
{
    /// <summary>More tools than this are not listed: the slowest come first, and the report has them all.</summary>
    private const int MostTools = 10;

    /// <summary>Of one kind of fault. The report has up to 16, and the errors file all.</summary>
    private const int MostReasons = 4;

    public required string? StopReason { get; init; }

    public required IReadOnlyList<SummaryFact> Facts { get; init; }

    /// <summary>Server, ok, failed; empty with one server.</summary>
    public required IReadOnlyList<string[]> Servers { get; init; }

    /// <summary>Tool, calls, failed, p50, p99, slowest first; empty with one tool.</summary>
    public required IReadOnlyList<string[]> Tools { get; init; }

    /// <summary>Tools that are not in <see cref="Tools"/>.</summary>
    public required int MoreTools { get; init; }

    /// <summary>Where the records are.</summary>
    public required IReadOnlyList<(string Name, string Path)> Files { get; init; }

    /// <summary>What is probably wrong.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>What to do next, and the commands for it.</summary>
    public required IReadOnlyList<NextStep> Next { get; init; }

    public static string[] ServerColumns { get; } = ["server", "ok", "failed"];

    public static string[] ToolColumns { get; } = ["tool", "calls", "failed", "p50", "p99"];

    public static SummaryFacts Of(JobSummary s, IReadOnlyList<NextStep> next) => new()
    {
        StopReason = s.StopReason is null ? null : TerminalText.Message(s.StopReason),
        Facts = [.. FactsOf(s)],
        Servers = s.Servers.Count < 2 ? [] : [.. s.Servers.Select(static v => new[] { TerminalText.Line(v.Name), Figures.Count(v.Ok), Figures.Count(v.Failed) })],
        Tools = s.Tools.Count < 2 ? [] :
        [
            .. s.Tools.Take(MostTools).Select(static t => new[]
            {
                TerminalText.Line(t.Name), Figures.Count(t.Calls), Figures.Count(t.Failed), Figures.Milliseconds(t.LatencyP50), Figures.Milliseconds(t.LatencyP99),
            }),
        ],
        MoreTools = Math.Max(0, s.Tools.Count - MostTools),

        // An errors file without records is of no interest.
        Files = [.. new[] { ("output", s.OutputPath), ("errors", s.Failed > 0 ? s.ErrorsPath : Job.Standard) }.Where(static f => f.Item2 != Job.Standard)],
        Warnings = [.. s.Warnings.Select(TerminalText.Line)],
        Next = next,
    };

    private static IEnumerable<SummaryFact> FactsOf(JobSummary s)
    {
        yield return new("rows", Figures.Count(s.Rows), $"in {Figures.Seconds(s.Elapsed)}, {Figures.Count((long)s.RowsPerSecond)} rows/s", Tone.Strong);
        yield return new("ok", Figures.Count(s.Ok), "", s.Ok > 0 ? Tone.Good : Tone.Plain);
        yield return new("failed", Figures.Count(s.Failed), s.MayHaveRun == 0 ? "" : $"{Figures.Count(s.MayHaveRun)} of them may have run", s.Failed > 0 ? Tone.Bad : Tone.Plain);
        foreach (var (name, fault) in s.Faults)
        {
            if (fault.Reasons is [var only])
            {
                yield return new("", Figures.Count(fault.Count), $"{name}, {Told(only)}", IsCut: true);
                continue;
            }

            yield return new("", Figures.Count(fault.Count), fault.Reasons.Count == 0 ? name : $"{name}, for {fault.Reasons.Count} reasons:");
            foreach (var reason in fault.Reasons.Take(MostReasons))
            {
                yield return new("", Figures.Count(reason.Count), $"- {Told(reason)}", IsCut: true);
            }

            if (fault.Reasons.Count > MostReasons)
            {
                yield return new("", Figures.Count(fault.Count - fault.Reasons.Take(MostReasons).Sum(static r => r.Count)), "- others");
            }
        }

        yield return new("retried", Figures.Count(s.Retried), "", s.Retried > 0 ? Tone.Warning : Tone.Plain);
        if (s.Unrecorded > 0)
        {
            yield return new("lost", Figures.Count(s.Unrecorded), "rows were read, perhaps called, and have no record", Tone.Bad);
        }

        if (s.NotRun is not { } notRun)
        {
            yield return new("not run", "the rest", NotRun(s), Tone.Warning);
        }
        else if (notRun > s.Unrecorded)
        {
            yield return new("not run", Figures.Count(notRun - s.Unrecorded), NotRun(s), Tone.Warning);
        }

        yield return new(
            "latency",
            Figures.Milliseconds(s.LatencyMean),
            $"mean, p50 {Number(s.LatencyP50)}, p90 {Number(s.LatencyP90)}, p99 {Number(s.LatencyP99)}, max {Figures.Milliseconds(s.LatencyMax)}");
        yield return new("memory", Figures.Bytes(s.PeakMemory), "at most, servers not counted");
    }

    /// <summary>With its place: messages about a line begin with it, and lines are what an editor counts.</summary>
    private static string Told(FaultReason reason)
    {
        var message = TerminalText.Line(reason.Message);
        return message.StartsWith("line ", StringComparison.Ordinal) ? message : $"row {Figures.Count(reason.Row)}: {message}";
    }

    private static string Number(TimeSpan value) => Figures.Milliseconds(value)[..^" ms".Length];

    private static string NotRun(JobSummary s) =>
        (s.FirstNotRun is { } row ? $"from row {Figures.Count(row)}" : "") + (s.NotRun is null ? " on, which was not read and so not counted" : "");
}
