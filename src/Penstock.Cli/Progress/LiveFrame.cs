using System.Text;
using Penstock.Cli.Streams;
using Penstock.Cli.Text;
using Penstock.Jobs;

namespace Penstock.Cli.Progress;

/// <summary>What a live view shows at one moment.</summary>
internal sealed record LiveState(string Name, JobProgress Progress, double RecentRate)
{
    /// <summary>The last signal that was obeyed; null if there was none.</summary>
    public StopStep? Step { get; init; }
}

/// <summary>One line of a live view.</summary>
/// <param name="Text">What is written.</param>
/// <param name="Cells">The columns that it takes.</param>
internal readonly record struct LiveLine(string Text, int Cells);

/// <summary>Draws a live view: a moment and a width in, lines out, none of which fills the width. Pure.</summary>
internal sealed class LiveFrame
{
    private const int Gap = 3;
    private const int ShortestBar = 10;

    /// <summary>Beyond this a bar tells no more.</summary>
    private const int LongestBar = 72;

    private readonly int _width;
    private readonly bool _hasUnicode;
    private readonly bool _hasColor;
    private readonly List<LiveLine> _lines = [];
    private readonly StringBuilder _line = new();
    private int _column;

    private LiveFrame(int width, bool hasUnicode, bool hasColor)
    {
        _width = width;
        _hasUnicode = hasUnicode;
        _hasColor = hasColor;
    }

    /// <summary>A terminal whose last column is written wraps, some at once and some later; and a Ctrl-C is echoed as two characters.</summary>
    private int Room => _width - 3;

    public static IReadOnlyList<LiveLine> Draw(LiveState state, int width, bool hasUnicode = true, bool hasColor = false) =>
        new LiveFrame(width, hasUnicode, hasColor).Draw(state);

    private List<LiveLine> Draw(LiveState state)
    {
        var p = state.Progress;
        var share = p.Total is { } total ? (total == 0 ? 1 : (double)p.Done / total) : p.Fraction;
        Head(state, share);
        Field((Figures.Count(p.Done), Tone.Strong), ($"{Of(p, share)} rows", Tone.Plain));
        Field((Figures.Rate(state.RecentRate), Tone.Strong), ($" rows/s, mean {Figures.Rate(p.RowsPerSecond)}", Tone.Plain));
        Field(("ok ", Tone.Faint), (Figures.Count(p.Ok), p.Ok > 0 ? Tone.Good : Tone.Plain));
        Field(("failed ", Tone.Faint), (Figures.Count(p.Failed), p.Failed > 0 ? Tone.Bad : Tone.Plain));
        Field(("retried ", Tone.Faint), (Figures.Count(p.Retried), p.Retried > 0 ? Tone.Warning : Tone.Plain));
        Field(("in flight ", Tone.Faint), (Figures.Count(p.InFlight), Tone.Plain));
        Field(("waiting ", Tone.Faint), (Figures.Count(p.Waiting), Tone.Plain));
        EndLine();
        Foot(state);
        return _lines;
    }

    /// <summary>The name, the bar and the times; a bar that has no room is left out.</summary>
    private void Head(LiveState state, double? share)
    {
        var p = state.Progress;
        var percent = share is { } s ? Figures.Percent(s).PadLeft(5) : "";
        var left = Left(state, share);
        var times = left is { } time ? $"{Figures.Clock(p.Elapsed)}   ETA {Figures.Clock(time)}" : Figures.Clock(p.Elapsed);

        // As wide as the times become, so that the bar does not move with every digit.
        times = times.PadLeft(17);
        var tail = percent.Length + Gap + times.Length;
        var name = Cut(state.Name, Math.Clamp(Room - tail - ShortestBar - 4, 8, 30));
        var bar = Math.Min(LongestBar, Room - tail - TextWidth.CellsOf(name) - 3);
        Put(" ", Tone.Plain);
        Put(name, Tone.Strong);
        if (share is { } filled && bar >= ShortestBar)
        {
            Put("  ", Tone.Plain);
            Bar(filled, bar);
        }

        PutIfRoom(percent, Tone.Strong);
        if (!PutIfRoom(new string(' ', Gap) + times, Tone.Plain))
        {
            PutIfRoom($" {Figures.Clock(p.Elapsed)}", Tone.Plain);
        }

        EndLine();
    }

    private void Bar(double share, int length)
    {
        var full = (int)(Math.Clamp(share, 0, 1) * length);
        Put(new string(_hasUnicode ? '━' : '#', full), Tone.Good);
        Put(new string(_hasUnicode ? '─' : '.', length - full), Tone.Faint);
    }

    /// <summary>What binds the pace, or what a signal began.</summary>
    private void Foot(LiveState state)
    {
        var p = state.Progress;
        var open = $"{Figures.Count(p.InFlight)} in flight, {Figures.Count(p.Waiting)} waiting";
        var dots = _hasUnicode ? "…" : "...";
        var (text, tone) = state.Step switch
        {
            StopStep.Drain => ($"draining{dots} {open}; Ctrl-C again to abort", Tone.Warning),
            StopStep.Abort => ($"aborting{dots} {open}", Tone.Bad),
            _ => (p.Bound is { } bound ? TerminalText.Line(bound.ToString()) : "", Tone.Faint),
        };
        if (text.Length > 0)
        {
            Put(" ", Tone.Plain);
            Put(Cut(text, Room - 1), tone);
            EndLine();
        }
    }

    private static string Of(JobProgress p, double? share)
    {
        if (p.Total is { } total)
        {
            return $" of {Figures.Count(total)}";
        }

        // Before a share can be measured, what it says of the whole is a guess.
        return share is > 0.005 and < 1 ? $" of about {Figures.Count(Rounded(p.Done / share.Value))}" : "";
    }

    /// <summary>Two digits: it is an estimate, and should not flicker.</summary>
    private static long Rounded(double value)
    {
        var unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(1, value))) - 1));
        return (long)(Math.Round(value / unit) * unit);
    }

    private static TimeSpan? Left(LiveState state, double? share)
    {
        var p = state.Progress;
        if (state.Step is not null || p.Done == 0 || share is not > 0 || state.RecentRate <= 0)
        {
            return null;
        }

        var seconds = ((p.Total ?? (p.Done / share.Value)) - p.Done) / state.RecentRate;
        return seconds < TimeSpan.FromDays(99).TotalSeconds ? TimeSpan.FromSeconds(Math.Ceiling(seconds)) : null;
    }

    /// <summary>Puts a field where there is room: on this line, or on the next.</summary>
    private void Field(params ReadOnlySpan<(string Text, Tone Tone)> parts)
    {
        var length = 0;
        foreach (var (text, _) in parts)
        {
            length += TextWidth.CellsOf(text);
        }

        if (_column > 0 && _column + Gap + length > Room)
        {
            EndLine();
        }

        Put(_column == 0 ? " " : new string(' ', Gap), Tone.Plain);
        foreach (var (text, tone) in parts)
        {
            Put(Cut(text, Room - _column), tone);
        }
    }

    private bool PutIfRoom(string text, Tone tone)
    {
        var isRoom = _column + text.Length <= Room;
        if (isRoom)
        {
            Put(text, tone);
        }

        return isRoom;
    }

    private void Put(string text, Tone tone)
    {
        _column += TextWidth.CellsOf(text);
        var code = _hasColor ? CodeOf(tone) : "";
        _line.Append(code).Append(text).Append(code.Length > 0 ? "\e[0m" : "");
    }

    private void EndLine()
    {
        if (_column > 0)
        {
            _lines.Add(new LiveLine(_line.ToString(), _column));
            _line.Clear();
            _column = 0;
        }
    }

    private string Cut(string text, int cells)
    {
        if (TextWidth.CellsOf(text) <= cells)
        {
            return text;
        }

        var mark = _hasUnicode ? "…" : "";
        var length = text.Length;
        while (length > 0 && (TextWidth.CellsOf(text.AsSpan(0, length)) + mark.Length > cells || char.IsHighSurrogate(text[length - 1])))
        {
            length--;
        }

        return cells <= 0 ? "" : text[..length] + mark;
    }

    private static string CodeOf(Tone tone) => tone switch
    {
        Tone.Faint => "\e[2m",
        Tone.Strong => "\e[1m",
        Tone.Good => "\e[32m",
        Tone.Bad => "\e[31m",
        Tone.Warning => "\e[33m",
        _ => "",
    };
}
