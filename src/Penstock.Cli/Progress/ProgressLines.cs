using System.Globalization;
using System.Text;
using System.Text.Json;
using Penstock.Cli.Streams;
using Penstock.Cli.Summary;
using Penstock.Cli.Text;
using Penstock.Jobs;

namespace Penstock.Cli.Progress;

/// <summary>Tells how far a job is: one line every 30 s or 10 %, whichever comes first, and a summary at the end.</summary>
internal sealed class ProgressLines(ProgressForm form, Terminal terminal) : ProgressView
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    private readonly TextWriter _error = terminal.Writer;
    private readonly RecentRate _rate = new();
    private TimeSpan _lastTime;
    private int _lastTenth;

    public override TimeSpan Interval => TimeSpan.FromSeconds(1);

    public override void Tell(JobProgress progress)
    {
        var share = progress.Total is > 0 ? (double)progress.Done / progress.Total : progress.Fraction;
        var recent = _rate.Add(progress.Elapsed, progress.Done);
        var tenth = (int)((share ?? 0) * 10);
        if (form == ProgressForm.None || (progress.Elapsed - _lastTime < Every && tenth <= _lastTenth))
        {
            return;
        }

        (_lastTime, _lastTenth) = (progress.Elapsed, tenth);
        _error.WriteLine(form == ProgressForm.Json ? Json(progress, recent) : Plain(progress, share));
    }

    public override void Stopping(StopStep step) => Warn(step.ToMessage());

    /// <summary>In the form of all else.</summary>
    public override void Warn(string warning) => _error.WriteLine(form != ProgressForm.Json ? $"penstock: {TerminalText.Message(warning)}" : Written(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("warning", warning);
        writer.WriteEndObject();
    }));

    /// <summary>The form <c>none</c> keeps the summary: it is no progress.</summary>
    public override void Tell(JobSummary summary, IReadOnlyList<NextStep> next)
    {
        if (form == ProgressForm.Json)
        {
            _error.WriteLine(Written(writer => SummaryJson.Write(writer, summary, next)));
        }
        else if (form != ProgressForm.Plain && terminal.IsLive)
        {
            SummaryTable.Write(SummaryFacts.Of(summary, next), terminal);
        }
        else
        {
            _error.Write(SummaryText.Of(SummaryFacts.Of(summary, next)));
        }
    }

    public override void Dispose()
    {
    }

    private static string Plain(JobProgress p, double? share)
    {
        var total = p.Total is { } rows ? Text($" of {rows:N0}") : "";

        var percent = share is { } s && p.Done > 0 ? $" ({Figures.Percent(s)})" : "";
        var bound = p.Bound is { } b ? $", {TerminalText.Line(b.ToString())}" : "";
        return Text($"penstock: {p.Done:N0}{total} rows{percent}, {p.RowsPerSecond:N0} rows/s, ok {p.Ok:N0}, failed {p.Failed:N0}, retried {p.Retried:N0}, in flight {p.InFlight:N0}, waiting {p.Waiting:N0}{bound}");
    }

    private static string Json(JobProgress p, double recent) => Written(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("rows", p.Done);
        if (p.Total is { } total)
        {
            writer.WriteNumber("total", total);
        }

        writer.WriteNumber("ok", p.Ok);
        writer.WriteNumber("failed", p.Failed);
        writer.WriteNumber("retried", p.Retried);
        writer.WriteNumber("in_flight", p.InFlight);
        writer.WriteNumber("waiting", p.Waiting);
        writer.WriteNumber("seconds", Math.Round(p.Elapsed.TotalSeconds, 3));
        writer.WriteNumber("rows_per_second", Math.Round(p.RowsPerSecond, 1));
        writer.WriteNumber("recent_rows_per_second", Math.Round(recent, 1));
        if (p.Total is null && p.Fraction is { } fraction)
        {
            writer.WriteNumber("input_share", Math.Round(fraction, 4));
        }

        if (p.Bound is { } bound)
        {
            writer.WriteString("bound", bound.Name);
            if (bound.Server is { } server)
            {
                writer.WriteString("bound_server", server);
            }
        }

        writer.WriteEndObject();
    });

    private static string Written(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = SummaryJson.Encoder }))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
