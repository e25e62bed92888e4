using System.Globalization;
using System.Text;
using Penstock.Jobs;

namespace Penstock.Cli;

/// <summary>A job's end, for people: one fact a line, numbers under each other.</summary>
internal static class SummaryText
{
    public static string Of(JobSummary s)
    {
        var text = new StringBuilder();
        if (s.StopReason is not null)
        {
            text.Append("penstock: ").AppendLine(TerminalText.Message(s.StopReason));
        }

        Line(text, "rows", Count(s.Rows), $"in {Seconds(s.Elapsed)}, {Count((long)s.RowsPerSecond)} rows/s");
        Line(text, "ok", Count(s.Ok), "");
        Line(text, "failed", Count(s.Failed), string.Join(", ", s.Faults.Select(static f => $"{f.Key} {Count(f.Value)}")));
        Line(text, "retried", Count(s.Retried), "");
        if (s.NotRun != 0)
        {
            Line(text, "not run", s.NotRun is { } count ? Count(count) : "?", s.NotRun is null ? "how many cannot be known" : "");
        }

        Line(text, "latency", Milliseconds(s.LatencyMean), $"mean, p50 {Milliseconds(s.LatencyP50)}, p99 {Milliseconds(s.LatencyP99)}");
        Line(text, "memory", $"{Count(s.PeakMemory >> 20)} MiB", "at most, servers not counted");
        if (s.Servers.Count > 1)
        {
            foreach (var server in s.Servers)
            {
                Line(text, "server", Count(server.Ok), $"ok, {Count(server.Failed)} failed: {server.Name}");
            }
        }

        if (s.OutputPath != Job.Standard)
        {
            text.Append("output    ").AppendLine(s.OutputPath);
        }

        text.Append("errors    ").AppendLine(s.ErrorsPath);
        return text.ToString();
    }

    private static void Line(StringBuilder text, string name, string number, string more) =>
        text.AppendLine($"{name,-8}{number,14}  {more}".TrimEnd());

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan value) => value.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";

    private static string Milliseconds(TimeSpan value) => value.TotalMilliseconds.ToString("N1", CultureInfo.InvariantCulture) + " ms";
}
