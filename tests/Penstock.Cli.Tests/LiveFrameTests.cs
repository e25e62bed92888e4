using Penstock.Cli.Progress;
using Penstock.Cli.Streams;
using Penstock.Cli.Text;
using Penstock.Jobs;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>A moment and a width in, lines out.</summary>
public sealed class LiveFrameTests
{
    private static readonly JobProgress Middle = new()
    {
        Total = 100_000,
        Ok = 43_000,
        Failed = 210,
        Retried = 12,
        InFlight = 64,
        Waiting = 192,
        Elapsed = TimeSpan.FromSeconds(36),
        Bound = new JobBound(JobBoundKind.ServerFull, "geo"),
    };

    [Fact]
    public void Draw_80Columns_IsFourLines() => Assert.Equal(
        [
            " job.yaml  ━━━━━━━━━━━━━━━━━──────────────────────── 43 %     0:36   ETA 0:47",
            " 43,210 of 100,000 rows   1,210 rows/s, mean 1,200   ok 43,000   failed 210",
            " retried 12   in flight 64   waiting 192",
            " server geo's window is full",
        ],
        Draw(Middle, 80));

    [Fact]
    public void Draw_160Columns_HasAllFiguresInOneLine() => Assert.Equal(
        [
            " job.yaml  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━───────────────────────────────────────── 43 %     0:36   ETA 0:47",
            " 43,210 of 100,000 rows   1,210 rows/s, mean 1,200   ok 43,000   failed 210   retried 12   in flight 64   waiting 192",
            " server geo's window is full",
        ],
        Draw(Middle, 160));

    [Fact]
    public void Draw_TotalUnknown_EstimatesItFromTheShare()
    {
        var lines = Draw(Middle with { Total = null, Fraction = 0.333 }, 120);
        Assert.Contains(" 33 %     0:36   ETA 1:1", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(" 43,210 of about 130,000 rows ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_NothingKnownOfTheEnd_HasNoBar()
    {
        var lines = Draw(Middle with { Total = null, Bound = new JobBound(JobBoundKind.Input) }, 80);
        Assert.Equal(" job.yaml                0:36", lines[0]);
        Assert.StartsWith(" 43,210 rows ", lines[1], StringComparison.Ordinal);
        Assert.Equal(" waiting for the input", lines[^1]);
    }

    [Fact]
    public void Draw_AfterASignal_SaysWhatIsInFlight()
    {
        Assert.Equal(" draining… 64 in flight, 192 waiting; Ctrl-C again to abort", Draw(Middle, 80, StopStep.Drain)[^1]);
        Assert.Equal(" aborting… 64 in flight, 192 waiting", Draw(Middle, 80, StopStep.Abort)[^1]);
        Assert.DoesNotContain(Draw(Middle, 80, StopStep.Drain), static l => l.Contains("ETA", StringComparison.Ordinal));
    }

    [Fact]
    public void Draw_NoUnicode_IsAscii() =>
        Assert.All(LiveFrame.Draw(State(Middle, StopStep.Drain), 80, hasUnicode: false), static l => Assert.True(l.Text.All(char.IsAscii), l.Text));

    [Fact]
    public void Draw_ServerNameThatATerminalWouldObey_IsMadeHarmless()
    {
        var lines = Draw(Middle with { Bound = new JobBound(JobBoundKind.ServerDown, "x\e[2Jy") }, 80);
        Assert.Equal(" waiting for server x\uFFFD[2Jy", lines[^1]);
    }

    [Fact]
    public void Draw_AnyWidthAndNumbers_LeavesTheLastColumnsFree()
    {
        JobProgress[] moments =
        [
            Middle,
            new(),
            new() { Total = 0 },
            Middle with { Total = long.MaxValue, Ok = long.MaxValue / 2, Retried = long.MaxValue, Waiting = long.MaxValue, Elapsed = TimeSpan.FromDays(900) },
            Middle with { Bound = new JobBound(JobBoundKind.ServerFull, new string('東', 128)) },
        ];
        foreach (var moment in moments)
        {
            for (var width = 20; width <= 200; width++)
            {
                foreach (var line in LiveFrame.Draw(new LiveState(new string('é', 60), moment, 1e15), width))
                {
                    Assert.Equal(TextWidth.CellsOf(line.Text), line.Cells);
                    Assert.InRange(line.Cells, 1, width - 3);
                }
            }
        }
    }

    [Fact]
    public void Draw_Color_ChangesNoColumn()
    {
        var plain = LiveFrame.Draw(State(Middle), 80);
        var color = LiveFrame.Draw(State(Middle), 80, hasColor: true);
        Assert.Equal(plain.Select(static l => l.Cells), color.Select(static l => l.Cells));
        Assert.Contains("\e[31m210\e[0m", color[1].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0:00")]
    [InlineData(59.9, "0:59")]
    [InlineData(3599, "59:59")]
    [InlineData(3600, "1:00:00")]
    [InlineData(90061, "25:01:01")]
    public void Clock_Seconds_AreReadable(double seconds, string text) => Assert.Equal(text, Figures.Clock(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Add_Rate_IsOfTheLastTenSeconds()
    {
        var rate = new RecentRate();
        Assert.Equal(100, rate.Add(TimeSpan.FromSeconds(1), 100));
        for (var second = 2; second <= 30; second++)
        {
            rate.Add(TimeSpan.FromSeconds(second), 100 + (second * 10));
        }

        Assert.Equal(10, rate.Add(TimeSpan.FromSeconds(31), 410));
    }

    private static LiveState State(JobProgress progress, StopStep? step = null) => new("job.yaml", progress, 1210) { Step = step };

    private static List<string> Draw(JobProgress progress, int width, StopStep? step = null) =>
        [.. LiveFrame.Draw(State(progress, step), width).Select(static l => l.Text)];
}
