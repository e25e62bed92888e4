using System.Text.Json;

namespace Penstock.Jobs;

/// <summary>How a job ended.</summary>
public sealed record JobSummary
{
    /// <summary>The exit code that the command ends with: one of <see cref="JobExitCode"/>.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Why the job ended before its input did; null if it did not.</summary>
    public string? StopReason { get; init; }

    /// <summary>Rows with a record.</summary>
    public long Rows => Ok + Failed;

    /// <summary>Rows that succeeded.</summary>
    public long Ok { get; init; }

    /// <summary>Rows that failed.</summary>
    public long Failed { get; init; }

    /// <summary>Failed rows by the name of their fault, most frequent first.</summary>
    public IReadOnlyDictionary<string, FaultCount> Faults { get; init; } = new Dictionary<string, FaultCount>();

    /// <summary>Attempts beyond the first.</summary>
    public long Retried { get; init; }

    /// <summary>Rows without a record because the job was stopped or a file could not be written; null if that cannot be known.</summary>
    public long? NotRun { get; init; } = 0;

    /// <summary>The first row that was not read, from 0, since the job was stopped; null if all were.</summary>
    public long? FirstNotRun { get; init; }

    /// <summary>Rows that were read and have no record, since a file could not be written, or an abort did not wait for them. If 0, every row before <see cref="FirstNotRun"/> that was to be run has its record.</summary>
    public long Unrecorded { get; init; }

    /// <summary>Of the failed rows, those that an abort cut off after they were sent: the tool may have run.</summary>
    public long MayHaveRun { get; init; }

    /// <summary>From the first row asked for to the last record.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Rows with a record per second.</summary>
    public double RowsPerSecond => Elapsed > TimeSpan.Zero ? Rows / Elapsed.TotalSeconds : 0;

    /// <summary>Mean time of a call from its last write to its end: what its server and the wire took. Calls that were never written are not in it, here and below.</summary>
    public TimeSpan LatencyMean { get; init; }

    /// <summary>Half of the calls took no longer than this; exact to 3 %.</summary>
    public TimeSpan LatencyP50 { get; init; }

    /// <summary>90 % of the calls took no longer than this; exact to 3 %.</summary>
    public TimeSpan LatencyP90 { get; init; }

    /// <summary>99 % of the calls took no longer than this; exact to 3 %.</summary>
    public TimeSpan LatencyP99 { get; init; }

    /// <summary>The longest that a call took.</summary>
    public TimeSpan LatencyMax { get; init; }

    /// <summary>The most memory that this process held, in bytes; its servers' is not in it.</summary>
    public long PeakMemory { get; init; }

    /// <summary>The calls of each server.</summary>
    public IReadOnlyList<ServerCounts> Servers { get; init; } = [];

    /// <summary>The calls of each tool, slowest first by <see cref="ToolCounts.LatencyP99"/>; the first 256 tools that were called, if there are more.</summary>
    public IReadOnlyList<ToolCounts> Tools { get; init; } = [];

    /// <summary>What is probably wrong although no row failed of it, in words: appended columns that were in no result.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Where the records of rows that succeeded are.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Where the records of rows that failed are.</summary>
    public required string ErrorsPath { get; init; }

    /// <summary>Writes the summary as one JSON object; times are in milliseconds unless their name says otherwise.</summary>
    public void WriteJson(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteMembers(writer);
        writer.WriteEndObject();
    }

    internal void WriteMembers(Utf8JsonWriter writer)
    {
        writer.WriteNumber("exit_code", ExitCode);
        writer.WriteString("stop_reason", StopReason);
        writer.WriteNumber("rows", Rows);
        writer.WriteNumber("ok", Ok);
        writer.WriteNumber("failed", Failed);
        writer.WriteStartObject("faults");
        foreach (var (name, fault) in Faults)
        {
            writer.WriteStartObject(name);
            writer.WriteNumber("count", fault.Count);
            writer.WriteStartArray("reasons");
            foreach (var reason in fault.Reasons)
            {
                writer.WriteStartObject();
                writer.WriteNumber("count", reason.Count);
                writer.WriteNumber("row", reason.Row);
                writer.WriteString("message", reason.Message);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteNumber("retried", Retried);
        if (NotRun is { } notRun)
        {
            writer.WriteNumber("not_run", notRun);
        }
        else
        {
            writer.WriteNull("not_run");
        }

        if (FirstNotRun is { } first)
        {
            writer.WriteNumber("first_not_run", first);
        }
        else
        {
            writer.WriteNull("first_not_run");
        }

        writer.WriteNumber("unrecorded", Unrecorded);
        writer.WriteNumber("may_have_run", MayHaveRun);
        writer.WriteNumber("seconds", Math.Round(Elapsed.TotalSeconds, 3));
        writer.WriteNumber("rows_per_second", Math.Round(RowsPerSecond, 1));
        writer.WriteStartObject("latency_ms");
        writer.WriteNumber("mean", Math.Round(LatencyMean.TotalMilliseconds, 3));
        writer.WriteNumber("p50", Math.Round(LatencyP50.TotalMilliseconds, 3));
        writer.WriteNumber("p90", Math.Round(LatencyP90.TotalMilliseconds, 3));
        writer.WriteNumber("p99", Math.Round(LatencyP99.TotalMilliseconds, 3));
        writer.WriteNumber("max", Math.Round(LatencyMax.TotalMilliseconds, 3));
        writer.WriteEndObject();
        writer.WriteNumber("peak_memory_bytes", PeakMemory);
        writer.WriteStartArray("servers");
        foreach (var server in Servers)
        {
            writer.WriteStartObject();
            writer.WriteString("name", server.Name);
            writer.WriteNumber("ok", server.Ok);
            writer.WriteNumber("failed", server.Failed);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("tools");
        foreach (var tool in Tools)
        {
            writer.WriteStartObject();
            writer.WriteString("name", tool.Name);
            writer.WriteNumber("calls", tool.Calls);
            writer.WriteNumber("failed", tool.Failed);
            writer.WriteStartObject("latency_ms");
            writer.WriteNumber("p50", Math.Round(tool.LatencyP50.TotalMilliseconds, 3));
            writer.WriteNumber("p99", Math.Round(tool.LatencyP99.TotalMilliseconds, 3));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("warnings");
        foreach (var warning in Warnings)
        {
            writer.WriteStringValue(warning);
        }

        writer.WriteEndArray();
        writer.WriteString("output", OutputPath);
        writer.WriteString("errors", ErrorsPath);
    }
}

/// <summary>Rows that failed with one kind of fault.</summary>
/// <param name="Count">How many.</param>
/// <param name="Reasons">Why, the most frequent first; of more than 16 reasons, the first 16 that came.</param>
public sealed record FaultCount(long Count, IReadOnlyList<FaultReason> Reasons);

/// <summary>Rows that failed with messages that differ in numbers and quoted values only.</summary>
/// <param name="Count">How many.</param>
/// <param name="Row">The lowest of them, from 0.</param>
/// <param name="Message">That row's message, cut after 500 characters.</param>
public sealed record FaultReason(long Count, long Row, string Message);

/// <summary>One server's calls.</summary>
/// <param name="Name">The server.</param>
/// <param name="Ok">Calls that succeeded.</param>
/// <param name="Failed">Calls that failed.</param>
public sealed record ServerCounts(string Name, long Ok, long Failed);

/// <summary>One tool's calls.</summary>
/// <param name="Name">The tool, as <c>server/tool</c>.</param>
/// <param name="Calls">Calls that ended.</param>
/// <param name="Failed">Of those, the calls that failed.</param>
/// <param name="LatencyP50">Half of the calls that were written took no longer than this; exact to 3 %.</param>
/// <param name="LatencyP99">99 % of them took no longer than this; exact to 3 %.</param>
public sealed record ToolCounts(string Name, long Calls, long Failed, TimeSpan LatencyP50, TimeSpan LatencyP99);
