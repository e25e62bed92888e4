namespace Penstock;

/// <summary>
/// Told which calls are about to be written to a server, before their bytes leave: once per attempt, when a replica has been chosen. The
/// attempt is told of even if the replica is lost at that very moment; if its calls then go to another, that is the same attempt and not told
/// again.
/// </summary>
/// <remarks>
/// Runs on a thread-pool thread, never on one that reads answers; for one server on one thread at a time, for several servers at the same time. While
/// it runs, that server is sent nothing: be quick. What it throws ends the stream: its reader gets the exception, and the calls are not sent.
/// </remarks>
/// <param name="ordinals">Places of the calls in their source; borrowed.</param>
public delegate void SendingCallback(ReadOnlySpan<long> ordinals);

/// <summary>How one stream of calls is executed. Read once, when the stream starts.</summary>
public sealed class ExecuteOptions
{
    /// <summary>The share of each server that this stream gets while others compete for it, relative to their weights. 1 to 1000, default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int Weight
    {
        get;
        set => field = value is >= 1 and <= 1000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"Weight is {value}; use 1 to 1000.");
    } = 1;

    /// <summary>
    /// The longest that a call may take from intake to end, waits and all attempts included. More than 0; null (default) and
    /// <see cref="Timeout.InfiniteTimeSpan"/> = no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not more than 0.</exception>
    public TimeSpan? Deadline
    {
        get;
        set => field = value is not { } time || time > TimeSpan.Zero || time == Timeout.InfiniteTimeSpan
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value), value, $"Deadline is {value}; use more than 0, or null or Timeout.InfiniteTimeSpan for no limit.");
    }

    /// <summary>The journal's hook: called before calls are written. Default null.</summary>
    public SendingCallback? OnSending { get; set; }
}
