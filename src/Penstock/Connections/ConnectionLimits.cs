namespace Penstock.Connections;

/// <summary>What a connection is held to.</summary>
/// <param name="Window">Most calls in flight.</param>
/// <param name="MaxStragglers">Most calls that may be left out of that count, being much older than their peers.</param>
/// <param name="MaxResponseBytes">The longest line taken.</param>
/// <param name="Counters">Where oddities are counted.</param>
internal sealed record ConnectionLimits(int Window, int MaxStragglers, int MaxResponseBytes, ConnectionCounters Counters);

/// <summary>Oddities of connections, counted for people. Shared by the connections of a pipeline.</summary>
internal sealed class ConnectionCounters
{
    public long LateReplies;
    public long GarbageLines;
}
