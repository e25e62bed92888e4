using Xunit;

namespace Penstock.Cli.Tests;

/// <summary><c>penstock run</c> on a terminal, which <c>script</c> plays, and runs of some rows.</summary>
public sealed class TerminalRunTests
{
    [Fact]
    public async Task Run_Terminal_DrawsInPlaceAndEndsWithATable()
    {
        using var folder = new JobFolder().WriteEchoJob(300, "latency: 200ms", "#");
        var output = await OnTerminalAsync(folder, "TERM=xterm LANG=C.UTF-8", "run job.yaml --set servers.m.maxInFlight=64", 0);
        Assert.Contains("\e[K", output, StringComparison.Ordinal);
        Assert.Contains("━", output, StringComparison.Ordinal);
        Assert.Contains("of 300 rows", output, StringComparison.Ordinal);
        Assert.DoesNotContain("penstock: ", output, StringComparison.Ordinal);
        Assert.Contains("output   out.jsonl", output, StringComparison.Ordinal);

        // Never hidden, so never to be shown again.
        Assert.DoesNotContain("\e[?25l", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM=dumb", "run job.yaml")]
    [InlineData("TERM=dumb", "run job.yaml --progress live")]
    [InlineData("TERM=xterm", "run job.yaml --progress plain")]
    [InlineData("TERM=xterm", "run job.yaml --progress json")]
    [InlineData("TERM=xterm", "run job.yaml --set output.path=- --set errors.path=e.jsonl")]
    [InlineData("TERM=xterm NO_COLOR=1", "run job.yaml --progress none")]
    public async Task Run_TerminalWithoutTheLiveForm_MovesNoCursor(string environment, string line)
    {
        using var folder = new JobFolder().WriteEchoJob(300, "latency: 100ms");
        Assert.DoesNotContain("\e", await OnTerminalAsync(folder, environment, line, 0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NoColor_IsLiveWithoutColors()
    {
        using var folder = new JobFolder().WriteEchoJob(300, "latency: 200ms", "#");
        var output = await OnTerminalAsync(folder, "TERM=xterm NO_COLOR=1", "run job.yaml --set servers.m.maxInFlight=64", 0);
        Assert.Contains("\e[K", output, StringComparison.Ordinal);
        Assert.DoesNotMatch("\e\\[[0-9;]*m", output);
    }

    /// <summary>The exception's message must begin at the margin of an empty screen line.</summary>
    [Fact]
    public async Task Run_TerminalAndAJobThatCannotRun_SaysSoOnALineOfItsOwn()
    {
        using var folder = new JobFolder().WriteEchoJob(3);
        var output = await OnTerminalAsync(folder, "TERM=xterm", "run job.yaml --set 'servers.m={ command: no-such-program-of-anyone }'", 69);
        Assert.Contains("\npenstock: server 'm' did not start: ", "\n" + output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Limit_RunsTheFirstRows()
    {
        using var folder = new JobFolder().WriteEchoJob(1000);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--limit", "7", "--report", "report.json")).Expect(0);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], folder.Rows());
        Assert.Equal((7, 0), (folder.Json("report.json").GetProperty("rows").GetInt64(), folder.Json("report.json").GetProperty("not_run").GetInt64()));
    }

    [Fact]
    public async Task Run_Sample_IsTheSameRowsForTheSameSeed()
    {
        using var folder = new JobFolder().WriteEchoJob(2000);
        var samples = new List<List<long>>();
        string[][] lines = [["--sample", "5%"], ["--sample", "0.05"], ["--sample", "5%", "--seed", "2"]];
        foreach (var line in lines)
        {
            (await RunningCommand.RunAsync(folder.Path, ["run", "job.yaml", "--again", .. line])).Expect(0);
            samples.Add(folder.Rows());
        }

        Assert.InRange(samples[0].Count, 50, 150);
        Assert.Equal(samples[0], samples[1]);
        Assert.NotEqual(samples[0], samples[2]);
    }

    [Fact]
    public async Task Run_MaxFailuresAsAShare_DecidesTheCode()
    {
        using var folder = new JobFolder().WriteEchoJob(200, "failRate: 0.5, seed: 3");
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--max-failures", "90%")).Expect(0);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--again", "--max-failures", "10%")).Expect(1);
    }

    [Fact]
    public async Task Run_SeveralTools_AreToldApartInTheReport()
    {
        using var folder = new JobFolder().Write("job.yaml", """
            version: 1
            servers: { m: { mock: {} } }
            input: { path: rows.jsonl }
            output: { path: out.jsonl }
            """).Write("rows.jsonl", """
            {"tool":"m/echo","arguments":{"message":"x"}}
            {"tool":"m/add","arguments":{"a":1,"b":2}}
            {"tool":"m/add","arguments":{"a":"no","b":2}}
            """);
        var end = (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--report", "report.json")).Expect(1);
        var report = folder.Json("report.json");
        var tools = report.GetProperty("tools").EnumerateArray().ToDictionary(static t => t.GetProperty("name").GetString()!, static t => (t.GetProperty("calls").GetInt64(), t.GetProperty("failed").GetInt64()));
        Assert.Equal(((1L, 0L), (2L, 1L)), (tools["m/echo"], tools["m/add"]));
        var latency = report.GetProperty("latency_ms");
        Assert.InRange(latency.GetProperty("p90").GetDouble(), latency.GetProperty("p50").GetDouble(), latency.GetProperty("max").GetDouble());
        Assert.Matches("(?m)^tool +2  calls, 1 failed, p50 [\\d.,]+ ms, p99 [\\d.,]+ ms: m/add$", end.Errors);
    }

    /// <summary>Runs the command with a terminal as its standard error.</summary>
    /// <returns>All that the terminal was sent.</returns>
    private static async Task<string> OnTerminalAsync(JobFolder folder, string environment, string line, int code)
    {
        var command = $"stty cols 100 rows 24; env -u NO_COLOR -u LC_ALL {environment} '{RunningCommand.Path}' {line}";
        using var script = RunningCommand.StartProgram("script", folder.Path, "-qec", command, "/dev/null");
        return (await script.EndAsync()).Expect(code).Output.Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}
