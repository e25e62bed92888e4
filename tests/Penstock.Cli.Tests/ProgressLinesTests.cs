using System.Text.Json;
using Penstock.Cli.Progress;
using Penstock.Cli.Streams;
using Penstock.Jobs;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>One line every 30 s or 10 %, whichever comes first. The job's clock tells the time; nothing here waits.</summary>
public sealed class ProgressLinesTests
{
    private readonly StringWriter _error = new() { NewLine = "\n" };

    [Fact]
    public void Tell_LongJob_IsOneLineEvery30Seconds()
    {
        var lines = Lines(ProgressForm.Plain);
        for (var second = 1; second <= 95; second++)
        {
            lines.Tell(new JobProgress { Total = 1_000_000, Ok = second, Elapsed = TimeSpan.FromSeconds(second) });
        }

        Assert.Equal(["30", "60", "90"], Lines().Select(static l => l.Split(' ')[1]));
    }

    [Fact]
    public void Tell_ShortJob_IsOneLineEvery10Percent()
    {
        var lines = Lines(ProgressForm.Auto);
        for (var done = 0; done <= 1000; done++)
        {
            lines.Tell(new JobProgress { Total = 1000, Ok = done, Elapsed = TimeSpan.FromMilliseconds(done) });
        }

        Assert.Equal(Enumerable.Range(1, 10).Select(static i => $"({i * 10} %),"), Lines().Select(static l => l.Split("rows ")[1].Split(" 1,000 rows/s")[0]));
    }

    [Fact]
    public void Tell_LineFor10Percent_StartsThe30SecondsAnew()
    {
        var lines = Lines(ProgressForm.Plain);
        lines.Tell(new JobProgress { Total = 100, Ok = 10, Elapsed = TimeSpan.FromSeconds(20) });
        lines.Tell(new JobProgress { Total = 100, Ok = 11, Elapsed = TimeSpan.FromSeconds(49) });
        Assert.Single(Lines());
        lines.Tell(new JobProgress { Total = 100, Ok = 11, Elapsed = TimeSpan.FromSeconds(50) });
        Assert.Equal(2, Lines().Length);
    }

    [Fact]
    public void Tell_TotalUnknown_GoesByTheShareOfTheInput()
    {
        var lines = Lines(ProgressForm.Plain);
        lines.Tell(new JobProgress { Fraction = 0.25, Ok = 3, Failed = 1, Retried = 2, InFlight = 5, Waiting = 6, Elapsed = TimeSpan.FromSeconds(2) });
        Assert.Equal("penstock: 4 rows (25 %), 2 rows/s, ok 3, failed 1, retried 2, in flight 5, waiting 6", Assert.Single(Lines()));
    }

    [Theory]
    [InlineData(999, 1000, "penstock: 999 of 1,000 rows (99 %), ")]
    [InlineData(0, 1000, "penstock: 0 of 1,000 rows, ")]
    [InlineData(1000, 1000, "penstock: 1,000 of 1,000 rows (100 %), ")]
    public void Tell_Percentage_AgreesWithTheRows(long done, long total, string start)
    {
        Lines(ProgressForm.Plain).Tell(new JobProgress { Total = total, Ok = done, Elapsed = TimeSpan.FromSeconds(30) });
        Assert.StartsWith(start, Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void Tell_NothingKnownOfTheEnd_GoesByTimeAlone()
    {
        var lines = Lines(ProgressForm.Plain);
        lines.Tell(new JobProgress { Ok = 1_000_000, Elapsed = TimeSpan.FromSeconds(29) });
        Assert.Empty(Lines());
        lines.Tell(new JobProgress { Ok = 3_000_000, Elapsed = TimeSpan.FromSeconds(30) });
        Assert.Equal("penstock: 3,000,000 rows, 100,000 rows/s, ok 3,000,000, failed 0, retried 0, in flight 0, waiting 0", Assert.Single(Lines()));
    }

    [Fact]
    public void Tell_Json_IsOneObjectALine()
    {
        var lines = Lines(ProgressForm.Json);
        lines.Tell(new JobProgress { Total = 10, Ok = 3, Failed = 2, Retried = 1, InFlight = 4, Elapsed = TimeSpan.FromSeconds(2) });
        using var line = JsonDocument.Parse(Assert.Single(Lines()));
        Assert.Equal(
            """{"rows":5,"total":10,"ok":3,"failed":2,"retried":1,"in_flight":4,"waiting":0,"seconds":2,"rows_per_second":2.5,"recent_rows_per_second":2.5}""",
            line.RootElement.GetRawText());
    }

    [Fact]
    public void Tell_Bound_IsInEveryForm()
    {
        var progress = new JobProgress { Fraction = 1 / 3.0, Ok = 1, Elapsed = TimeSpan.FromSeconds(30), Bound = new JobBound(JobBoundKind.ServerDown, "geo") };
        Lines(ProgressForm.Plain).Tell(progress);
        Lines(ProgressForm.Json).Tell(progress);
        Assert.EndsWith(", waiting 0, waiting for server geo", Lines()[0], StringComparison.Ordinal);
        Assert.EndsWith(",\"input_share\":0.3333,\"bound\":\"server_down\",\"bound_server\":\"geo\"}", Lines()[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Warn_EveryForm_IsInIt()
    {
        Lines(ProgressForm.None).Warn("waiting \e[2J");
        Lines(ProgressForm.Json).Warn("waiting");
        Assert.Equal(["penstock: waiting \uFFFD[2J", "{\"warning\":\"waiting\"}"], Lines());
    }

    [Fact]
    public void Tell_None_SaysNothingButTheSummary()
    {
        var lines = Lines(ProgressForm.None);
        lines.Tell(new JobProgress { Total = 10, Ok = 10, Elapsed = TimeSpan.FromHours(1) });
        Assert.Empty(Lines());
        lines.Tell(new JobSummary { ExitCode = 0, Ok = 10, OutputPath = "o", ErrorsPath = "e" }, []);
        Assert.StartsWith("rows                10  in 0.0 s", _error.ToString(), StringComparison.Ordinal);
    }

    private ProgressLines Lines(ProgressForm form) => new(form, new Terminal(_error, isTerminal: false, static _ => null, static () => 0));

    private string[] Lines() => _error.ToString().Split('\n')[..^1];
}
