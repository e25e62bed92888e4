namespace Penstock.Cli.Progress;

/// <summary>Rows per second over the last ten seconds. Used by one thread at a time.</summary>
internal sealed class RecentRate
{
    /// <summary>Long enough for a calm ETA, short enough that a server that slows down shows.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Queue<(TimeSpan Time, long Done)> _seen = new([(TimeSpan.Zero, 0L)]);

    public double Add(TimeSpan time, long done)
    {
        while (_seen.Count > 1 && time - _seen.Peek().Time > Window)
        {
            _seen.Dequeue();
        }

        var first = _seen.Peek();
        _seen.Enqueue((time, done));
        var seconds = (time - first.Time).TotalSeconds;
        return seconds > 0 ? Math.Max(0, done - first.Done) / seconds : 0;
    }
}
