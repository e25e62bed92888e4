using System.Globalization;
using System.Text;
using System.Text.Json;
using Penstock.Jobs;

namespace Penstock.Cli;

internal enum ProgressForm
{
    /// <summary>Plain for now; a live bar on terminals is to come.</summary>
    Auto,
    Plain,
    Json,
    None,
}

/// <summary>Tells how far a job is: one line every 30 s or 10 %, whichever comes first, and a summary at the end.</summary>
internal sealed class ProgressLines(ProgressForm form, TextWriter error)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private TimeSpan _lastTime;
    private int _lastTenth;

    /// <summary>Called about once a second, by one thread at a time.</summary>
    public void Tell(JobProgress progress)
    {
        var share = progress.Total is > 0 ? (double)progress.Done / progress.Total : progress.Fraction;
        var tenth = (int)((share ?? 0) * 10);
        if (form == ProgressForm.None || (progress.Elapsed - _lastTime < Interval && tenth <= _lastTenth))
        {
            return;
        }

        (_lastTime, _lastTenth) = (progress.Elapsed, tenth);
        error.WriteLine(form == ProgressForm.Json ? Json(progress) : Plain(progress, share));
    }

    /// <summary>What is wrong and yet stops nothing, in the form of all else.</summary>
    public void Warn(string warning) => error.WriteLine(form != ProgressForm.Json ? $"penstock: {warning}" : Written(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("warning", warning);
        writer.WriteEndObject();
    }));

    /// <summary>The end. The form <c>none</c> keeps the summary: it is no progress.</summary>
    public void Tell(JobSummary summary)
    {
        if (form == ProgressForm.Json)
        {
            error.WriteLine(Written(writer => summary.WriteJson(writer)));
        }
        else
        {
            error.Write(SummaryText.Of(summary));
        }
    }

    private static string Plain(JobProgress p, double? share)
    {
        var total = p.Total is { } rows ? Text($" of {rows:N0}") : "";

        // Rounded down: 100 % is the end, and not what is nearly there.
        var percent = share is { } s && p.Done > 0 ? Text($" ({Math.Floor((s * 100) + 1e-9):0} %)") : "";
        return Text($"penstock: {p.Done:N0}{total} rows{percent}, {p.RowsPerSecond:N0} rows/s, ok {p.Ok:N0}, failed {p.Failed:N0}, retried {p.Retried:N0}, in flight {p.InFlight:N0}, waiting {p.Waiting:N0}");
    }

    private static string Json(JobProgress p) => Written(writer =>
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
        writer.WriteEndObject();
    });

    private static string Written(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
