using System.Text.Encodings.Web;
using System.Text.Json;
using Penstock.Jobs;

namespace Penstock.Cli.Summary;

/// <summary>A job's end as one JSON object: the summary, and what to do next.</summary>
internal static class SummaryJson
{
    /// <summary>Text stays readable: nothing here gets into a web page, for whose sake quotes would be escaped.</summary>
    public static JavaScriptEncoder Encoder => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    public static void Write(Utf8JsonWriter writer, JobSummary summary, IReadOnlyList<NextStep> next)
    {
        writer.WriteStartObject();
        summary.WriteMembers(writer);
        writer.WriteStartArray("next");
        foreach (var step in next)
        {
            writer.WriteStartObject();
            writer.WriteString("why", step.Why);
            writer.WriteString("command", step.Command);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
