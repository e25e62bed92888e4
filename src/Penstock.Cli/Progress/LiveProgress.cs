using System.Text;
using Penstock.Cli.Streams;
using Penstock.Cli.Summary;
using Penstock.Cli.Text;
using Penstock.Jobs;

namespace Penstock.Cli.Progress;

/// <summary>
/// A few lines at the bottom of a terminal, drawn again in place five times a second. The cursor stays visible and rests at their end, so that
/// whatever kills the command leaves nothing to restore. Drawn by hand and not with Spectre's live display: that redraws from a thread of its own,
/// hides the cursor, and allocates a tree of segments for each frame. One lock: progress, warnings and signals come from different threads.
/// </summary>
internal sealed class LiveProgress(JobLine line, Terminal terminal) : ProgressView
{
    private readonly Lock _lock = new();
    private readonly RecentRate _rate = new();
    private readonly string _name = TerminalText.Line(Path.GetFileName(line.Path));

    /// <summary>The lengths of the lines that are drawn: a terminal that became narrower has wrapped them.</summary>
    private readonly List<int> _drawn = [];
    private LiveState? _state;
    private StopStep? _step;
    private bool _isOver;

    public override TimeSpan Interval => TimeSpan.FromMilliseconds(200);

    public override void Tell(JobProgress progress)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            _state = new LiveState(_name, progress, _rate.Add(progress.Elapsed, progress.Done)) { Step = _step };
            Draw("");
        }
    }

    public override void Warn(string warning) => Say($"penstock: {TerminalText.Message(warning)}");

    public override void Stopping(StopStep step)
    {
        lock (_lock)
        {
            _step = step;
            if (_state is not null)
            {
                _state = _state with { Step = step };
                Draw("");
                return;
            }
        }

        Say($"penstock: {step.ToMessage()}");
    }

    public override void Tell(JobSummary summary, IReadOnlyList<NextStep> next)
    {
        Dispose();
        SummaryTable.Write(SummaryFacts.Of(summary, next), terminal);
    }

    /// <summary>Takes the lines away; nothing is drawn from now on.</summary>
    public override void Dispose()
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                _isOver = true;
                _state = null;
                Draw("");
            }
        }
    }

    /// <summary>Puts a line above those that are drawn.</summary>
    private void Say(string text)
    {
        lock (_lock)
        {
            Draw(text + "\n");
        }
    }

    /// <summary>Draws anew, in one write: a terminal shows it as one step. The lock is held.</summary>
    /// <param name="above">What stays on the screen above.</param>
    private void Draw(string above)
    {
        if (_isOver && _drawn.Count == 0)
        {
            terminal.Writer.Write(above);
            return;
        }

        var width = terminal.Width;
        var rows = 0;
        foreach (var length in _drawn)
        {
            rows += 1 + (Math.Max(0, length - 1) / width);
        }

        var text = new StringBuilder(rows > 0 ? "\r" : "");
        if (rows > 1)
        {
            text.Append("\e[").Append(rows - 1).Append('A');
        }

        if (above.Length > 0 || _state is null)
        {
            text.Append(rows > 0 ? "\e[J" : "").Append(above);
        }

        _drawn.Clear();
        if (_state is not null)
        {
            foreach (var drawn in LiveFrame.Draw(_state, width, terminal.HasUnicode, terminal.HasColor))
            {
                // Each line's rest is cleared after it, and not all before: nothing blinks.
                text.Append(_drawn.Count > 0 ? "\n" : "").Append(drawn.Text).Append("\e[K");
                _drawn.Add(drawn.Cells);
            }

            text.Append("\e[J");
        }

        terminal.Writer.Write(text.ToString());
    }
}
