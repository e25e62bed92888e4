using Microsoft.Extensions.Logging;

namespace Penstock.Telemetry;

// Room Telemetry: turns finished slabs into numbers and log lines. Nothing reads back from it.

/// <summary>Everything that the engine logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Server {Server}, replica {Replica} is up, protocol {Protocol}")]
    public static partial void ReplicaUp(this ILogger logger, string server, int replica, string protocol);

    [LoggerMessage(2, LogLevel.Warning, "Server {Server}, replica {Replica} was lost: {Reason}")]
    public static partial void ReplicaLost(this ILogger logger, string server, int replica, string reason);

    [LoggerMessage(3, LogLevel.Error, "Server {Server}, replica {Replica}: {Reason}")]
    public static partial void ReplicaGivenUp(this ILogger logger, string server, int replica, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Server {Server}, replica {Replica} has changed its tools, but the old list stays: {Reason}")]
    public static partial void ListingFailed(this ILogger logger, string server, int replica, string reason);

    [LoggerMessage(5, LogLevel.Debug, "Server {Server}, replica {Replica} wrote to its error output: {Line}")]
    public static partial void ErrorLine(this ILogger logger, string server, int replica, string line);

    [LoggerMessage(6, LogLevel.Debug, "Server {Server}, replica {Replica} wrote too much to its error output; {Count} lines are not logged")]
    public static partial void ErrorLinesDropped(this ILogger logger, string server, int replica, int count);

    [LoggerMessage(7, LogLevel.Warning, "Server {Server}: a tool of its list is left out: {Reason}")]
    public static partial void ToolSkipped(this ILogger logger, string server, string reason);
}
