namespace Penstock.Jobs;

/// <summary>What holds a job back.</summary>
public enum JobBoundKind
{
    /// <summary>A server is not up, and most of the calls that wait are for it.</summary>
    ServerDown,

    /// <summary>A server has as many calls in flight as its <c>maxInFlight</c> and replicas allow, and more wait for it.</summary>
    ServerFull,

    /// <summary>The input is being waited for.</summary>
    Input,

    /// <summary>Most of the rows at hand have ended, and wait for their records to be written.</summary>
    Records,
}

/// <summary>What holds a job back at a moment.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Server">The server's name; null if it is none.</param>
public sealed record JobBound(JobBoundKind Kind, string? Server = null)
{
    /// <summary>The bound's name: <c>server_down</c>, <c>server_full</c>, <c>input</c> or <c>records</c>.</summary>
    public string Name => Kind switch
    {
        JobBoundKind.ServerDown => "server_down",
        JobBoundKind.ServerFull => "server_full",
        JobBoundKind.Input => "input",
        _ => "records",
    };

    /// <summary>The bound in words.</summary>
    public override string ToString() => Kind switch
    {
        JobBoundKind.ServerDown => $"waiting for server {Server}",
        JobBoundKind.ServerFull => $"server {Server}'s window is full",
        JobBoundKind.Input => "waiting for the input",
        _ => "writing the records",
    };
}
