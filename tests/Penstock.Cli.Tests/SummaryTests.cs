using Penstock.Cli.Streams;
using Penstock.Cli.Summary;
using Penstock.Cli.Text;
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
        Faults = new Dictionary<string, FaultCount> { ["timeout"] = new(1_900, [new(1_900, 17, "no answer within 10000 ms")]), ["tool_error"] = new(100, [new(90, 40_000, "no such \e city"), new(10, 7, "line 9: column 'a' is empty")]) },
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
        failed           2,000
                         1,900  timeout, row 17: no answer within 10000 ms
                           100  tool_error, for 2 reasons:
                            90  - row 40,000: no such � city
                            10  - line 9: column 'a' is empty
        retried             12
        latency         5.0 ms  mean, p50 4.0, p90 6.0, p99 9.0, max 1,234.5 ms
        memory         100 MiB  at most, servers not counted
        server          50,000  ok, 0 failed: a
        server          48,000  ok, 2,000 failed: b
        tool            50,000  calls, 2,000 failed, p50 5.0 ms, p99 1,200.0 ms: b/slow
        tool            50,000  calls, 0 failed, p50 3.0 ms, p99 5.0 ms: a/quick
        output    out.jsonl
        errors    out.errors.jsonl
        to run the failed rows again, mend them where they stand in the job, then:
          penstock run job.yaml --set output.path=out.retry.jsonl --only out.errors.jsonl

        """,
        SummaryText.Of(SummaryFacts.Of(Summary, NextStep.Of(Summary, Job(), Line))));

    [Theory]
    [InlineData(50)]
    [InlineData(80)]
    [InlineData(160)]
    public void Write_Terminal_FitsIntoItAndBreaksNoWord(int width)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(writer, isTerminal: true, static name => name switch { "TERM" => "xterm", "NO_COLOR" => "1", "LANG" => "C.UTF-8", _ => null }, () => width);
        var summary = Summary with { StopReason = "stopped [before] \e the end" };
        SummaryTable.Write(SummaryFacts.Of(summary, NextStep.Of(summary, Job(), Line)), terminal);
        var lines = writer.ToString().Split('\n');
        Assert.StartsWith("penstock: stopped [before] \uFFFD the end", lines[0], StringComparison.Ordinal);
        Assert.All(lines.Where(static l => !l.Contains("penstock run", StringComparison.Ordinal) && !l.Contains("to run", StringComparison.Ordinal)), l => Assert.True(TextWidth.CellsOf(l) <= width, l));
        Assert.All(
            ["failed", "retried", "98,000", "1,900", "b/slow", "1,200.0", "100 MiB", "out.errors.jsonl"],
            word => Assert.Contains(lines, l => l.Contains(word, StringComparison.Ordinal)));
        Assert.Contains(lines, static l => l.Contains("--only out.errors.jsonl", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_Warnings_AreShown()
    {
        var facts = SummaryFacts.Of(Summary with { Warnings = ["column 'x' \e is in none"] }, []);
        Assert.Contains("warning   column 'x' \uFFFD is in none\n", SummaryText.Of(facts), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out.jsonl", "out.errors.jsonl", "penstock run job.yaml --set output.path=out.retry.jsonl --only out.errors.jsonl")]
    [InlineData("out.retry.jsonl", "out.retry.errors.jsonl", "penstock run job.yaml --set output.path=out.retry2.jsonl --only out.retry.errors.jsonl")]
    [InlineData("d e/out.csv", "d e/out.errors.jsonl", "penstock run job.yaml --set 'output.path=\"d e/out.retry.csv\"' --only 'd e/out.errors.jsonl'")]
    public void Of_FailedRows_RunsThemAgainFromTheInput(string output, string errors, string command) =>
        Assert.Equal(command, Assert.Single(NextStep.Of(Summary with { OutputPath = output, ErrorsPath = errors }, Job(), Line)).Command);

    [Fact]
    public void Of_FailedRowsOfStandardInput_FeedsTheirRecordsBack()
    {
        using var folder = new JobFolder().Write("job.yaml", """
            version: 1
            servers: { m: { mock: {} } }
            input: { path: "-" }
            call: { tool: m/echo, arguments: { message: "{{n}}" } }
            output: { path: out.jsonl }
            """);
        var next = Assert.Single(NextStep.Of(Summary, Jobs.Job.Load(folder.Of("job.yaml")), Line));
        Assert.Equal("penstock run job.yaml --set 'input={ path: out.errors.jsonl }' --set call=null --set output.path=out.retry.jsonl", next.Command);
    }

    [Fact]
    public void Of_Stopped_GoesOnFromTheFirstRowThatWasNotRead()
    {
        var stopped = Summary with { Failed = 0, NotRun = 500, FirstNotRun = 1_500, Ok = 1_500 };
        var next = Assert.Single(NextStep.Of(stopped, Job(), Line with { Limit = 2_000 }));
        Assert.Equal("penstock run job.yaml --set output.path=out.rest.jsonl --skip 1500 --limit 500", next.Command);
        Assert.Empty(NextStep.Of(stopped with { Unrecorded = 3 }, Job(), Line));
    }

    [Fact]
    public void Of_TrialThatWentWell_RunsAllRowsOverItsRecords()
    {
        var trial = Line with { IsTrial = true, Limit = 10, Rows = ["--sample", "10%"], Kept = ["--max-failures", "5"] };
        var next = Assert.Single(NextStep.Of(Summary with { Failed = 0 }, Job(), trial));
        Assert.Equal("penstock run job.yaml --max-failures 5 --again", next.Command);
        Assert.DoesNotContain(NextStep.Of(Summary, Job(), trial), static n => n.Command.Contains("--again", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_NothingFailed_IsNone() => Assert.Empty(NextStep.Of(Summary with { Failed = 0 }, Job(), Line));

    [Fact]
    public void Of_WhatWasSaidBefore_IsSaidAgainUnlessItIsReplaced() => Assert.Equal(
        "penstock run job.yaml --env-file secrets.env --set input.range=7 --set 'servers.m.mock={ seed: 2 }' --set output.path=out.retry.jsonl --only out.errors.jsonl",
        NextStep.Of(
            Summary,
            Job(),
            new JobLine("job.yaml", ["input.range=7", "servers.m.mock={ seed: 2 }", "output.path=x"]) { Kept = ["--env-file", "secrets.env"], Rows = ["--sample", "10%"] })[0].Command);

    internal static JobLine Line { get; } = new("job.yaml", []);

    internal static Job Job()
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        return Jobs.Job.Load(folder.Of("job.yaml"));
    }
}
