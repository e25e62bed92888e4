using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Penstock.Connections;

/// <summary>What the engine's own transports are given of the pipeline that they connect for: one transport may serve several.</summary>
/// <param name="Clock">The pipeline's clock.</param>
/// <param name="Logger">The pipeline's log.</param>
/// <param name="Server">The server's name in the fleet.</param>
/// <param name="Replica">Which of its replicas.</param>
internal sealed record TransportContext(TimeProvider Clock, ILogger Logger, string Server, int Replica)
{
    /// <summary>No pipeline: the system's clock, and no log.</summary>
    public static TransportContext None { get; } = new(TimeProvider.System, NullLogger.Instance, string.Empty, 0);
}
