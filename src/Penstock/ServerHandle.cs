using Penstock.Servers;

namespace Penstock;

/// <summary>One server of the fleet.</summary>
public sealed class ServerHandle
{
    private readonly ToolPipeline _pipeline;
    private readonly Server _server;

    internal ServerHandle(ToolPipeline pipeline, Server server)
    {
        _pipeline = pipeline;
        _server = server;
    }

    /// <summary>The server's name.</summary>
    public string Name => _server.Name;

    /// <summary>The server as it is now.</summary>
    public ServerStatus Status => _server.GetStatus();

    /// <summary>Executes one call of a tool of this server.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired before the call ended.</exception>
    public ValueTask<OwnedResult> CallAsync(string tool, ReadOnlyMemory<byte> arguments, CancellationToken stop = default) =>
        _pipeline.CallAsync(new ToolCall($"{Name}/{tool}", arguments), stop);
}
