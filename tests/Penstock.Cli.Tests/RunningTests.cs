using System.Text.Json;

namespace Penstock.Cli.Tests;

/// <summary>The command with servers that it plays itself, as whole processes.</summary>
public sealed class RunningTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("penstock-cli-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Run_RangeAgainstMock_OneRecordPerRow()
    {
        Write("job.yaml", "mock: {}", "range: 1000", "out.jsonl");

        var end = await RunAsync("run", "job.yaml", "--report", "report.json", "--progress", "json");

        Assert.Equal(0, end.ExitCode);
        var lines = await File.ReadAllLinesAsync(PathOf("out.jsonl"));
        Assert.Equal(1000, lines.Select(static l => Member(l, "meta", "row").GetInt64()).Distinct().Count());
        Assert.Contains(lines, static l => l.Contains("\"text\":\"hello 7\"", StringComparison.Ordinal));
        Assert.Empty(await File.ReadAllTextAsync(PathOf("out.errors.jsonl")));
        Assert.Equal(1000, Member(await File.ReadAllTextAsync(PathOf("report.json")), "ok").GetInt64());
        Assert.Equal(1000, Member(end.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], "rows").GetInt64());
    }

    [Fact]
    public async Task Run_RowsThatFail_ExitsOneUnlessAllowed()
    {
        Write("job.yaml", "mock: { failRate: 1 }", "range: 10", "out.jsonl");

        Assert.Equal(1, (await RunAsync("run", "job.yaml")).ExitCode);
        Assert.Equal(0, (await RunAsync("run", "job.yaml", "--again", "--max-failures", "10")).ExitCode);
        Assert.Equal(10, (await File.ReadAllLinesAsync(PathOf("out.errors.jsonl"))).Length);
    }

    [Fact]
    public async Task Run_ServerThatDoesNotStart_ExitsSixtyNine()
    {
        Write("job.yaml", "command: penstock-no-such-program", "range: 10", "out.jsonl");

        var end = await RunAsync("run", "job.yaml");

        Assert.Equal(69, end.ExitCode);
        Assert.Contains("server 'echo' did not start", end.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("out.jsonl")));
    }

    [Fact]
    public async Task Run_Interrupted_RecordsWhatWasTakenAndExitsOneHundredThirty()
    {
        Write("job.yaml", "mock: { latency: 20ms }", "range: 100000000", "'-' }\nerrors: { path: errors.jsonl");

        var end = await PenstockProcess.InterruptAsync(_folder.FullName, "run", "job.yaml", "--report", "report.json");

        Assert.Equal(130, end.ExitCode);
        var report = await File.ReadAllTextAsync(PathOf("report.json"));
        var rows = end.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => Member(l, "meta", "row").GetInt64()).ToHashSet();
        Assert.Equal(Member(report, "ok").GetInt64(), rows.Count);
        Assert.Equal(rows.Count - 1, rows.Max());
        Assert.Equal(100_000_000 - rows.Count, Member(report, "not_run").GetInt64());
        Assert.Contains("stopping", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ToolsAndCall_Mock_AnswerInText()
    {
        Write("job.yaml", "mock: {}", "range: 1", "out.jsonl");

        var tools = await RunAsync("tools", "--servers", "job.yaml");
        var call = await RunAsync("call", "echo/echo", "{\"message\":\"hi\"}", "--servers", "job.yaml");
        var raw = await RunAsync("call", "echo/echo", "{\"message\":\"hi\"}", "--servers", "job.yaml", "--json");
        var unknown = await RunAsync("call", "geo/echo", "--servers", "job.yaml");

        Assert.StartsWith("SERVER  TOOL", tools.Output, StringComparison.Ordinal);
        Assert.Contains("echo    echo", tools.Output, StringComparison.Ordinal);
        Assert.Equal((0, "hi\n"), (call.ExitCode, call.Output));
        Assert.Equal("hi", Member(raw.Output, "content")[0].GetProperty("text").GetString());
        Assert.Equal(64, unknown.ExitCode);
        Assert.Contains("no server 'geo'", unknown.Error, StringComparison.Ordinal);
    }

    private static JsonElement Member(string json, params string[] path)
    {
        using var document = JsonDocument.Parse(json);
        return path.Aggregate(document.RootElement, static (e, name) => e.GetProperty(name)).Clone();
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private Task<CommandEnd> RunAsync(params string[] arguments) => PenstockProcess.RunAsync(_folder.FullName, arguments);

    private void Write(string name, string server, string input, string output) => File.WriteAllText(PathOf(name), $$$"""
        version: 1
        servers: { echo: { {{{server}}} } }
        input: { {{{input}}} }
        call: { tool: echo/echo, arguments: { message: "hello {{n}}" } }
        output: { path: {{{output}}} }
        """);
}
