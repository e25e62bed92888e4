using System.Text.Json;

namespace Penstock.Jobs.Tests.Running;

/// <summary>A job in a folder of its own, run through an engine of the test's.</summary>
public abstract class JobRun : IDisposable
{
    /// <summary>A test that waits longer than this hangs.</summary>
    protected static readonly TimeSpan Hang = TimeSpan.FromMinutes(5);

    private protected TempFolder Folder { get; } = new();

    protected string Output => Folder.Of("out.jsonl");

    protected string Errors => Folder.Of("out.errors.jsonl");

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static Outcome Stop(CancellationTokenSource source, bool isNow, Outcome? outcome = null)
    {
        if (isNow)
        {
            source.Cancel();
        }

        return outcome ?? Outcome.Ok();
    }

    protected static List<long> Rows(string path) =>
        [.. File.ReadLines(path).Select(static line =>
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("meta").GetProperty("row").GetInt64();
        })];

    private protected static JobRunner Runner(Job job, FakeEngine engine, JobRunOptions? options = null) =>
        new(job, options ?? new JobRunOptions(), (_, _) => engine.Create());

    private protected Task<JobSummary> RunAsync(
        string input, FakeEngine engine, bool call = true, JobRunOptions? options = null, CancellationToken stop = default, CancellationToken abort = default) =>
        Runner(Load(input, call, Output), engine, options).RunAsync(stop, abort);

    private protected Job Load(string input, bool call, string output, string? errors = null) => Job.Load(Folder.Write("job.yaml", $$"""
        version: 1
        servers: { echo: { mock: {} } }
        input: { {{input}} }
        {{(call ? "call: { tool: echo/echo, arguments: { n: \"{{n}}\" } }" : "")}}
        output: { path: {{output}} }
        {{(errors is null ? "" : $"errors: {{ path: {errors} }}")}}
        """));
}
