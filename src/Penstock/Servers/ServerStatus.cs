namespace Penstock;

/// <summary>What a server is doing.</summary>
public enum ServerState
{
    /// <summary>Being started.</summary>
    Starting,

    /// <summary>At least one replica is up.</summary>
    Up,

    /// <summary>No replica is up; they are being started again.</summary>
    Restarting,

    /// <summary>No replica is up, and none is tried any more.</summary>
    Failed,

    /// <summary>Being stopped, or stopped.</summary>
    Stopped,
}

/// <summary>One server at one moment.</summary>
public sealed record ServerStatus
{
    /// <summary>The server's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is doing.</summary>
    public required ServerState State { get; init; }

    /// <summary>Why it is not up, in words; null if it is.</summary>
    public string? Failure { get; init; }

    /// <summary>The command line or address.</summary>
    public required string Transport { get; init; }

    /// <summary>The negotiated protocol revision, for example <c>2025-11-25</c>; null before the first negotiation.</summary>
    public string? ProtocolVersion { get; init; }

    /// <summary>The server's own name and version; null if it told none.</summary>
    public string? ServerInfo { get; init; }

    /// <summary>Replicas that are up.</summary>
    public int ReplicasUp { get; init; }

    /// <summary>Replicas asked for.</summary>
    public int Replicas { get; init; }

    /// <summary>Calls sent and not yet ended.</summary>
    public int InFlight { get; init; }

    /// <summary>Calls that wait for this server.</summary>
    public int Waiting { get; init; }

    /// <summary>How often a replica was started again.</summary>
    public int Restarts { get; init; }

    /// <summary>From the start of the deployment to the first replica up; null while that has not happened.</summary>
    public TimeSpan? StartTime { get; init; }

    /// <summary>The tools it offers.</summary>
    public IReadOnlyList<ToolDescription> Tools { get; init; } = [];

    /// <summary>The process ids of its replicas; empty where there are no processes of ours.</summary>
    public IReadOnlyList<int> ProcessIds { get; init; } = [];
}

/// <summary>How a deployment of many servers ended.</summary>
/// <param name="Servers">One outcome for each server, in the order given.</param>
public sealed record DeployReport(IReadOnlyList<ServerStatus> Servers)
{
    /// <summary>How many are up.</summary>
    public int Up => Servers.Count(static s => s.State == ServerState.Up);

    /// <summary>Whether all are up.</summary>
    public bool IsComplete => Up == Servers.Count;
}
