using Penstock.Jobs;

namespace Penstock.Cli.Tests;

public sealed class ProgressLinesTests
{
    [Fact]
    public void Tell_TotalKnown_OneLineForEachTenth()
    {
        var text = Run(ProgressForm.Plain, Enumerable.Range(1, 20).Select(static i => new JobProgress
        {
            Total = 2000, Ok = i * 100, Elapsed = TimeSpan.FromSeconds(i), InFlight = 5,
        }));

        Assert.Equal(10, text.Length);
        Assert.Equal("penstock: 200 of 2,000 rows (10 %), 100 rows/s, ok 200, failed 0, retried 0, in flight 5", text[0]);
    }

    [Fact]
    public void Tell_TotalUnknown_OneLineEveryHalfMinute()
    {
        var text = Run(ProgressForm.Auto, Enumerable.Range(1, 90).Select(static i => new JobProgress { Ok = i, Elapsed = TimeSpan.FromSeconds(i) }));

        Assert.Equal(3, text.Length);
        Assert.StartsWith("penstock: 30 rows, 1 rows/s", text[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Tell_None_IsSilent() =>
        Assert.Empty(Run(ProgressForm.None, [new JobProgress { Total = 10, Ok = 10, Elapsed = TimeSpan.FromMinutes(1) }]));

    [Fact]
    public void Tell_Json_OneObjectALine() =>
        Assert.Equal(
            ["{\"rows\":3,\"total\":4,\"ok\":1,\"failed\":2,\"retried\":0,\"in_flight\":0,\"seconds\":2,\"rows_per_second\":1.5}"],
            Run(ProgressForm.Json, [new JobProgress { Total = 4, Ok = 1, Failed = 2, Elapsed = TimeSpan.FromSeconds(2) }]));

    [Fact]
    public void Of_Summary_AlignsItsNumbers()
    {
        var text = SummaryText.Of(new JobSummary
        {
            ExitCode = 1,
            Ok = 99_900,
            Failed = 100,
            Faults = new Dictionary<string, long> { ["timeout"] = 60, ["tool_error"] = 40 },
            Elapsed = TimeSpan.FromSeconds(10),
            OutputPath = "out.jsonl",
            ErrorsPath = "e.jsonl",
        });

        Assert.StartsWith("rows           100,000  in 10.0 s, 10,000 rows/s\nok              99,900\nfailed             100  timeout 60, tool_error 40\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_Tools_AlignsAndKeepsTheFirstLine()
    {
        ServerStatus[] servers =
        [
            new()
            {
                Name = "geo", State = ServerState.Up, Transport = "x",
                Tools = [new ToolDescription { Name = "geocode", Description = "Finds a place.\nSlowly.", IsReadOnly = true }, new ToolDescription { Name = "x" }],
            },
        ];

        Assert.Equal(
            "SERVER  TOOL     HINTS      DESCRIPTION\ngeo     geocode  read-only  Finds a place.\ngeo     x        -\n",
            ToolsVerb.Table(servers));
    }

    private static string[] Run(ProgressForm form, IEnumerable<JobProgress> ticks)
    {
        using var text = new StringWriter();
        var lines = new ProgressLines(form, text);
        foreach (var tick in ticks)
        {
            lines.Tell(tick);
        }

        return text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
