using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Penstock.Compare.Jobs;

/// <summary>
/// Whole jobs, file to file: the <c>penstock</c> command beside <see cref="SdkJob"/>, each a fresh process for each repetition, taking
/// turns. Nothing is warm: a job's start is part of the job.
/// </summary>
internal sealed class JobRace(CompareOptions options, IReadOnlyList<string> server, TextWriter progress)
{
    public static readonly IReadOnlyList<string> Contenders = ["sdk", "penstock"];

    private readonly List<JobMeasurement> _measurements = [];

    /// <summary>Runs the race and returns its table.</summary>
    /// <exception cref="InvalidOperationException">A contender failed; the message says how.</exception>
    public string Run(CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("penstock-compare-");
        try
        {
            var input = Path.Combine(folder.FullName, options.Scenario == Lineup.JobCsv ? "rows.csv" : "rows.jsonl");
            JobRows.Write(input, options.Calls);
            using var json = options.JsonPath is null ? null : new StreamWriter(options.JsonPath);
            foreach (var inFlight in options.InFlight)
            {
                for (var repetition = 1; repetition <= options.Repetitions; repetition++)
                {
                    foreach (var contender in options.Contenders.Where(Contenders.Contains))
                    {
                        stop.ThrowIfCancellationRequested();
                        var measurement = Measure(contender, inFlight, input, folder.FullName);
                        _measurements.Add(measurement);
                        progress.WriteLine(string.Create(
                            CultureInfo.InvariantCulture,
                            $"{options.Scenario} {inFlight} {contender,-10} {repetition}/{options.Repetitions}: {measurement.RowsPerS:N0} rows/s, {measurement.RowsPerCpuS:N0} per CPU second, {measurement.PeakRssMb:N0} MB"));
                        json?.WriteLine(JsonSerializer.Serialize(measurement, JobJson.Default.JobMeasurement));
                        json?.Flush();
                    }
                }
            }

            return string.Join('\n', options.InFlight.Select(Table));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private JobMeasurement Measure(string contender, int inFlight, string input, string folder)
    {
        var output = Path.Combine(folder, "out.jsonl");
        var errors = Path.Combine(folder, "stderr.txt");
        var run = Run(contender == "sdk" ? Sdk(inFlight, input, output) : Penstock(inFlight, input, output, folder), errors);
        if (run.ExitCode != 0)
        {
            throw new InvalidOperationException($"{contender} ended with exit code {run.ExitCode}: {File.ReadAllText(errors)}");
        }

        try
        {
            JobRows.Check(output, options.Calls);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidOperationException($"{contender}: {e.Message}");
        }

        return new JobMeasurement
        {
            Scenario = options.Scenario,
            Contender = contender,
            InFlight = inFlight,
            Rows = options.Calls,
            RowsPerS = options.Calls / run.Seconds,
            RowsPerCpuS = options.Calls / run.CpuSeconds,
            PeakRssMb = run.PeakRssMb,
        };
    }

    /// <summary>The shell becomes the program: its processor time is the shell's, a millisecond, and the program's.</summary>
    private static ChildRun Run(string[] command, string errors) =>
        ChildRun.Run("sh", ["-c", "errors=$1; shift; exec \"$@\" 2>\"$errors\"", "sh", errors, .. command]);

    private string[] Sdk(int inFlight, string input, string output) =>
        [Path.Combine(AppContext.BaseDirectory, "Penstock.Compare"), SdkJob.Verb, input, output, $"{inFlight}", .. server];

    private string[] Penstock(int inFlight, string input, string output, string folder)
    {
        var job = Path.Combine(folder, "job.json");
        File.WriteAllText(job, $$$"""
            {
              "version": 1,
              "servers": { "echo": { "command": {{{Quote(server[0])}}}, "args": [{{{string.Join(", ", server.Skip(1).Select(Quote))}}}], "maxInFlight": {{{inFlight}}} } },
              "input": { "path": {{{Quote(input)}}} },
              "call": { "tool": "echo/echo", "id": "{{id}}", "arguments": { "message": "{{message}}" } },
              "output": { "path": {{{Quote(output)}}} }
            }
            """);
        return [Path.Combine(AppContext.BaseDirectory, "Penstock.Cli"), "run", job, "--again", "--progress", "none"];
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text, JobJson.Default.String);

    private string Table(int inFlight)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{options.Calls:N0} rows, {inFlight} in flight:\n\n");
        text.Append("| contender | rows/s | min – max | rows per CPU second | peak RSS, MB | rows/s ÷ sdk | rows per CPU second ÷ sdk | peak RSS ÷ sdk |\n|---|--:|--:|--:|--:|--:|--:|--:|\n");
        var measurements = _measurements.Where(m => m.InFlight == inFlight).ToArray();
        var sdk = measurements.Where(static m => m.Contender == "sdk").ToArray();
        foreach (var rows in measurements.GroupBy(static m => m.Contender).Select(static g => g.ToArray()))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {rows[0].Contender} | {ResultTable.Number(ResultTable.Median(rows, static m => m.RowsPerS))} ");
            text.Append(CultureInfo.InvariantCulture, $"| {ResultTable.Number(rows.Min(static m => m.RowsPerS))} – {ResultTable.Number(rows.Max(static m => m.RowsPerS))} ");
            text.Append(CultureInfo.InvariantCulture, $"| {ResultTable.Number(ResultTable.Median(rows, static m => m.RowsPerCpuS))} | {ResultTable.Number(ResultTable.Median(rows, static m => m.PeakRssMb))} ");
            foreach (var figure in (ReadOnlySpan<Func<JobMeasurement, double>>)[static m => m.RowsPerS, static m => m.RowsPerCpuS, static m => m.PeakRssMb])
            {
                text.Append(CultureInfo.InvariantCulture, $"| {ResultTable.Ratio(rows, sdk, figure)} ");
            }

            text.Append("|\n");
        }

        return text.ToString();
    }
}

/// <summary>One repetition of one contender: a line of the JSON output. Processor time and memory are of the job's process alone.</summary>
internal sealed record JobMeasurement
{
    public required string Scenario { get; init; }

    public required string Contender { get; init; }

    [JsonPropertyName("inflight")]
    public required int InFlight { get; init; }

    public required long Rows { get; init; }

    public required double RowsPerS { get; init; }

    public required double RowsPerCpuS { get; init; }

    public required double PeakRssMb { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JobMeasurement))]
[JsonSerializable(typeof(string))]
internal sealed partial class JobJson : JsonSerializerContext;
