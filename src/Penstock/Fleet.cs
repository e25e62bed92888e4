using System.Diagnostics.CodeAnalysis;

namespace Penstock;

/// <summary>The servers of a pipeline. Thread-safe.</summary>
public sealed class Fleet
{
    /// <summary>A server of the fleet, by name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such server.</exception>
    public ServerHandle this[string name] => throw new NotImplementedException();

    /// <summary>Looks a server up.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out ServerHandle? server) => throw new NotImplementedException();

    /// <summary>Adds a server, starts it, negotiates and lists its tools. A server that does not come up is returned with its failure, and removed.</summary>
    /// <exception cref="PipelineConfigurationException">The options are wrong, or the name is taken.</exception>
    public Task<ServerStatus> DeployAsync(ServerOptions server, CancellationToken stop = default) => throw new NotImplementedException();

    /// <summary>Adds and starts many servers, bounded in parallel; one bad server never stops the others.</summary>
    public Task<DeployReport> DeployManyAsync(IEnumerable<ServerOptions> servers, IProgress<ServerStatus>? progress = null, CancellationToken stop = default) => throw new NotImplementedException();

    /// <summary>All servers, as they are now.</summary>
    public IReadOnlyList<ServerStatus> List() => throw new NotImplementedException();

    /// <summary>Removes a server: calls that wait for it end as cancelled, what it is working on is finished, then it is stopped.</summary>
    /// <returns>False if there is no such server.</returns>
    public Task<bool> RemoveAsync(string name, CancellationToken stop = default) => throw new NotImplementedException();
}

/// <summary>One server of the fleet.</summary>
public sealed class ServerHandle
{
    internal ServerHandle()
    {
    }

    /// <summary>The server's name.</summary>
    public string Name => throw new NotImplementedException();

    /// <summary>The server as it is now.</summary>
    public ServerStatus Status => throw new NotImplementedException();

    /// <summary>Executes one call of a tool of this server.</summary>
    public ValueTask<OwnedResult> CallAsync(string tool, ReadOnlyMemory<byte> arguments, CancellationToken stop = default) => throw new NotImplementedException();
}
