using Penstock.Cli.Progress;
using Penstock.Cli.Streams;
using Penstock.Jobs;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>What the live view writes, played back on a screen.</summary>
public sealed class LiveProgressTests
{
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private int _width = 80;

    [Fact]
    public void Tell_Twice_DrawsInPlace()
    {
        using var live = Live();
        live.Tell(new JobProgress { Total = 100, Ok = 1, Elapsed = TimeSpan.FromSeconds(1) });
        live.Tell(new JobProgress { Total = 100, Ok = 42, Elapsed = TimeSpan.FromSeconds(2) });
        Assert.Equal((1, 1), (Screen().Count(static l => l.Contains("ETA", StringComparison.Ordinal)), Screen().Count(static l => l.StartsWith(" 42 of 100 rows", StringComparison.Ordinal))));
    }

    [Fact]
    public void Warn_WhileDrawn_StandsAbove()
    {
        using var live = Live();
        live.Tell(new JobProgress { Total = 100, Ok = 1, Elapsed = TimeSpan.FromSeconds(1) });
        live.Warn("server 'a' did not start: \e[31m");
        live.Tell(new JobProgress { Total = 100, Ok = 2, Elapsed = TimeSpan.FromSeconds(1) });
        Assert.Equal("penstock: server 'a' did not start: \uFFFD[31m", Screen()[0]);
        Assert.StartsWith(" job.yaml", Screen()[1], StringComparison.Ordinal);
        Assert.StartsWith(" 2 of 100 rows", Screen()[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Stopping_WhileDrawn_IsShownAtOnce()
    {
        using var live = Live();
        live.Tell(new JobProgress { Total = 100, Ok = 1, InFlight = 7, Elapsed = TimeSpan.FromSeconds(1) });
        _error.Write("^C");
        live.Stopping(StopStep.Drain);
        Assert.Contains(" draining... 7 in flight, 0 waiting; Ctrl-C again to abort", Screen());
        Assert.DoesNotContain(Screen(), static l => l.Contains("^C", StringComparison.Ordinal));
    }

    [Fact]
    public void Dispose_Drawn_LeavesNothing()
    {
        var live = Live();
        live.Tell(new JobProgress { Total = 100, Ok = 1, Elapsed = TimeSpan.FromSeconds(1) });
        live.Dispose();
        live.Dispose();
        Assert.All(Screen(), Assert.Empty);
        live.Warn("late");
        Assert.Equal("penstock: late", Screen()[0]);
        Assert.DoesNotContain("?25", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tell_NarrowerTerminal_ClearsTheLinesThatWrapped()
    {
        using var live = Live();
        live.Tell(new JobProgress { Total = 100, Ok = 1, Elapsed = TimeSpan.FromSeconds(1) });
        var rows = Screen().Sum(static l => 1 + ((l.Length - 1) / 40));
        _width = 40;
        live.Tell(new JobProgress { Total = 100, Ok = 1, Elapsed = TimeSpan.FromSeconds(1) });

        Assert.Contains($"\r\e[{rows - 1}A", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "xterm", "", true, true)]
    [InlineData(true, "xterm", "1", true, false)]
    [InlineData(true, "dumb", "", false, false)]
    [InlineData(true, null, "", false, false)]
    [InlineData(false, "xterm", "", false, false)]
    public void Terminal_Environment_DecidesWhatItCan(bool isTerminal, string? term, string noColor, bool isLive, bool hasColor)
    {
        var terminal = new Terminal(_error, isTerminal, name => name switch { "TERM" => term, "NO_COLOR" => noColor, "LANG" => "en_US.UTF-8", _ => null }, static () => 0);
        Assert.Equal((isLive, hasColor, true, 80), (terminal.IsLive, terminal.HasColor, terminal.HasUnicode, terminal.Width));
        Assert.Equal(isLive, ProgressView.Of(ProgressForm.Auto, SummaryTests.Line, terminal) is LiveProgress);
        Assert.Equal(isLive, ProgressView.Of(ProgressForm.Live, SummaryTests.Line, terminal) is LiveProgress);
        Assert.IsType<ProgressLines>(ProgressView.Of(ProgressForm.Plain, SummaryTests.Line, terminal));
    }

    private LiveProgress Live() =>
        new(SummaryTests.Line, new Terminal(_error, isTerminal: true, static name => name == "TERM" ? "xterm" : name == "NO_COLOR" ? "1" : null, () => _width));

    /// <summary>The screen after what was written: CR, LF, cursor up, and clearing to the line's or the screen's end.</summary>
    private List<string> Screen()
    {
        var screen = new List<List<char>> { new() };
        var (row, column) = (0, 0);
        var text = _error.ToString();
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\r':
                    column = 0;
                    break;
                case '\n':
                    (row, column) = (row + 1, 0);
                    if (row == screen.Count)
                    {
                        screen.Add([]);
                    }

                    break;
                case '\e':
                    var end = i + 2;
                    while (char.IsAsciiDigit(text[end]))
                    {
                        end++;
                    }

                    switch (text[end])
                    {
                        case 'A':
                            row -= int.Parse(text.AsSpan(i + 2, end - i - 2), System.Globalization.CultureInfo.InvariantCulture);
                            break;
                        case 'J':
                            screen.RemoveRange(row + 1, screen.Count - row - 1);
                            goto case 'K';
                        case 'K':
                            screen[row].RemoveRange(Math.Min(column, screen[row].Count), Math.Max(0, screen[row].Count - column));
                            break;
                    }

                    i = end;
                    break;
                default:
                    if (column < screen[row].Count)
                    {
                        screen[row][column] = text[i];
                    }
                    else
                    {
                        screen[row].Add(text[i]);
                    }

                    column++;
                    break;
            }
        }

        return [.. screen.Select(static l => new string([.. l]).TrimEnd())];
    }
}
