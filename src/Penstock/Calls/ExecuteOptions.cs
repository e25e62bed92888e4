namespace Penstock;

/// <summary>Told which calls are about to be written to a server, before their bytes leave. Runs on an engine thread: be quick, never block.</summary>
/// <param name="ordinals">Places of the calls in their source; borrowed.</param>
public delegate void SendingCallback(ReadOnlySpan<long> ordinals);

/// <summary>How one stream of calls is executed. Read once, when the stream starts.</summary>
public sealed class ExecuteOptions
{
    /// <summary>The share of each server that this stream gets while others compete for it, relative to their weights. 1 to 1000, default 1.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>The longest that a call may take from intake to end, waits and all attempts included. Null (default) = no limit.</summary>
    public TimeSpan? Deadline { get; set; }

    /// <summary>The journal's hook: called before calls are flushed. Default null.</summary>
    public SendingCallback? OnSending { get; set; }
}
