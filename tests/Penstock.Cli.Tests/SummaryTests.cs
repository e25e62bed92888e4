using Penstock.Jobs;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>A summary, in plain text and as a terminal shows it.</summary>
public sealed class SummaryTests
{
    private static readonly JobSummary Summary = new()
    {
        ExitCode = 1,
        Ok = 98_000,
        Failed = 2_000,
        Faults = new Dictionary<string, long> { ["timeout"] = 1_900, ["tool_error"] = 100 },
        Retried = 12,
        Elapsed = TimeSpan.FromSeconds(10),
        LatencyMean = TimeSpan.FromMilliseconds(5),
        LatencyP50 = TimeSpan.FromMilliseconds(4),
        LatencyP90 = TimeSpan.FromMilliseconds(6),
        LatencyP99 = TimeSpan.FromMilliseconds(9),
        LatencyMax = TimeSpan.FromMilliseconds(1234.5),
        PeakMemory = 100 << 20,
        Servers = [new("a", 50_000, 0), new("b", 48_000, 2_000)],
        Tools =
        [
            new("b/slow", 50_000, 2_000, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(1200)),
            new("a/quick", 50_000, 0, TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(5)),
        ],
        OutputPath = "out.jsonl",
        ErrorsPath = "out.errors.jsonl",
    };

    [Fact]
    public void Of_Summary_IsOneFactALine() => Assert.Equal(
        """
        rows           100,000  in 10.0 s, 10,000 rows/s
        ok              98,000
        failed           2,000  timeout 1,900, tool_error 100
        retried             12
        latency         5.0 ms  mean, p50 4.0, p90 6.0, p99 9.0, max 1,234.5 ms
        memory         100 MiB  at most, servers not counted
        server          50,000  ok, 0 failed: a
        server          48,000  ok, 2,000 failed: b
        tool            50,000  calls, 2,000 failed, p50 5.0 ms, p99 1,200.0 ms: b/slow
        tool            50,000  calls, 0 failed, p50 3.0 ms, p99 5.0 ms: a/quick
        output    out.jsonl
        errors    out.errors.jsonl
        to run the failed rows again:
          penstock run job.yaml --set 'input={ path: out.errors.jsonl }' --set call=null --set output.path=out.retry.jsonl

        """,
        SummaryText.Of(SummaryFacts.Of(Summary, Job(), Line)));

    [Theory]
    [InlineData(80)]
    [InlineData(160)]
    public void Write_Terminal_FitsIntoIt(int width)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(writer, isTerminal: true, static name => name switch { "TERM" => "xterm", "NO_COLOR" => "1", "LANG" => "C.UTF-8", _ => null }, () => width);
        SummaryTable.Write(SummaryFacts.Of(Summary with { StopReason = "stopped [before] \e the end" }, Job(), Line), terminal);
        var lines = writer.ToString().Split('\n');
        Assert.StartsWith("penstock: stopped [before] \uFFFD the end", lines[0], StringComparison.Ordinal);
        Assert.All(lines.Where(static l => !l.Contains("penstock run", StringComparison.Ordinal)), l => Assert.True(LiveFrame.CellsOf(l) <= width, l));
        Assert.Contains(lines, static l => l.Contains("b/slow", StringComparison.Ordinal) && l.Contains("1,200.0 ms", StringComparison.Ordinal));
        Assert.Contains(lines, static l => l.Contains("--set call=null", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("out.jsonl", "out.errors.jsonl", "penstock run job.yaml --set 'input={ path: out.errors.jsonl }' --set call=null --set output.path=out.retry.jsonl")]
    [InlineData("d/out.jsonl", "e.jsonl", "penstock run job.yaml --set 'input={ path: e.jsonl }' --set call=null --set output.path=d/out.retry.jsonl --set errors.path=d/out.retry.errors.jsonl")]
    [InlineData("-", "e f.jsonl", "penstock run job.yaml --set 'input={ path: \"e f.jsonl\" }' --set call=null --set output.path=retry.jsonl --set errors.path=retry.errors.jsonl")]
    public void Next_FailedRows_FeedsThemBack(string output, string errors, string command) =>
        Assert.Equal(command, NextStep.Of(Summary with { OutputPath = output, ErrorsPath = errors }, Job(), Line)?.Command);

    [Fact]
    public void Next_OutputOfColumns_WritesRecordsInstead()
    {
        using var folder = new JobFolder().Write("job.yaml", """
            version: 1
            servers: { m: { mock: {} } }
            input: { range: 1 }
            call: { tool: m/echo, arguments: { message: "{{n}}" } }
            output: { path: out.csv, append: { text: /content/0/text } }
            """);
        Assert.Equal(
            "penstock run job.yaml --set 'input={ path: out.errors.jsonl }' --set call=null --set 'output={ path: out.retry.jsonl }' --set errors.path=out.retry.errors.jsonl",
            NextStep.Of(Summary with { OutputPath = "out.csv", ErrorsPath = "out.errors.jsonl" }, Jobs.Job.Load(folder.Of("job.yaml")), Line)?.Command);
    }

    [Fact]
    public void Next_NothingThatCouldEndBetter_IsNone()
    {
        Assert.Null(NextStep.Of(Summary with { Failed = 0 }, Job(), Line));
        Assert.Null(NextStep.Of(Summary with { Faults = new Dictionary<string, long> { ["invalid_params"] = 2_000 } }, Job(), Line));
    }

    [Fact]
    public void Next_WhatWasSet_IsKeptUnlessItIsOfTheFiles() => Assert.StartsWith(
        "penstock run job.yaml --set 'servers.m.mock={ seed: 2 }' --set 'input=",
        NextStep.Of(Summary, Job(), new JobLine("job.yaml", ["input.range=7", "servers.m.mock={ seed: 2 }", "output={ path: x }"]))?.Command,
        StringComparison.Ordinal);

    internal static JobLine Line { get; } = new("job.yaml", []);

    internal static Job Job()
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        return Jobs.Job.Load(folder.Of("job.yaml"));
    }
}
