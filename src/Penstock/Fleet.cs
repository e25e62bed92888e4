using System.Diagnostics.CodeAnalysis;
using Penstock.Servers;
using Penstock.Stages;

namespace Penstock;

/// <summary>The servers of a pipeline. Thread-safe.</summary>
public sealed class Fleet
{
    private readonly ToolPipeline _pipeline;
    private readonly ServerTable _servers;
    private readonly ServerContext _context;
    private readonly TailContext _tails;
    private readonly DeployChain _deploy;

    internal Fleet(
        ToolPipeline pipeline, ServerTable servers, ServerContext context, TailContext tails, int concurrency, CancellationToken stop)
    {
        _pipeline = pipeline;
        _servers = servers;
        _context = context;
        _tails = tails;
        _deploy = new DeployChain(Add, server => RemoveAsync(server.Name), concurrency, stop);
    }

    /// <summary>A server of the fleet, by name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such server.</exception>
    public ServerHandle this[string name] =>
        TryGet(name, out var server) ? server : throw new KeyNotFoundException($"There is no server '{name}' in the fleet.");

    /// <summary>Looks a server up.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out ServerHandle? server)
    {
        server = _servers.TryGet(name, out var found) ? new ServerHandle(_pipeline, found) : null;
        return server is not null;
    }

    /// <summary>Adds a server, starts it, negotiates and lists its tools. A server that does not come up is returned with its failure, and removed.</summary>
    public async Task<ServerStatus> DeployAsync(ServerOptions server, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        return (await DeployManyAsync([server], null, stop).ConfigureAwait(false)).Servers[0];
    }

    /// <summary>Adds and starts many servers, bounded in parallel; one bad server never stops the others.</summary>
    /// <param name="servers">The servers.</param>
    /// <param name="progress">Told each outcome as it comes; may be null.</param>
    /// <param name="stop">Ends the waiting; servers on their way go on.</param>
    public Task<DeployReport> DeployManyAsync(
        IEnumerable<ServerOptions> servers, IProgress<ServerStatus>? progress = null, CancellationToken stop = default) =>
        _deploy.RunAsync([.. servers.Select(s => new Deployment(s, progress))]).WaitAsync(stop);

    /// <summary>All servers, as they are now.</summary>
    public IReadOnlyList<ServerStatus> List() => [.. _servers.All.Select(static s => s.GetStatus())];

    /// <summary>Removes a server and stops it: calls that wait for it end as cancelled, calls it is working on as cancelled, executed maybe.</summary>
    /// <returns>False if there is no such server.</returns>
    public async Task<bool> RemoveAsync(string name, CancellationToken stop = default)
    {
        if (!_servers.TryRemove(name, out var server))
        {
            return false;
        }

        await server.StopAsync($"server '{name}' was removed").WaitAsync(stop).ConfigureAwait(false);
        return true;
    }

    /// <summary>The first servers enter the fleet at once, so that calls find them, and stay in it even if they fail.</summary>
    internal async Task<DeployReport> StartAsync(IReadOnlyList<ServerOptions> options)
    {
        var servers = options.Select(o => Create(o)).ToList();
        servers.ForEach(s => _servers.TryAdd(s));
        servers.ForEach(static s => s.Start());
        await Task.WhenAll(servers.Select(static s => s.Settled)).ConfigureAwait(false);
        return new DeployReport([.. servers.Select(static s => s.GetStatus())]);
    }

    internal Task StopAsync() => Task.WhenAll(_servers.All.Select(static s => s.StopAsync("the pipeline is stopped")));

    internal async Task CompleteAsync()
    {
        await _deploy.CompleteAsync().ConfigureAwait(false);
        await Task.WhenAll(_servers.All.Select(static s => ((TailChain)s.Queue).CompleteAsync())).ConfigureAwait(false);
    }

    private Server Create(ServerOptions options)
    {
        var server = new Server(options, _context);
        server.Queue = new TailChain(server, _tails);
        return server;
    }

    private Server? Add(ServerOptions options)
    {
        var server = Create(options);
        if (!_servers.TryAdd(server))
        {
            return null;
        }

        server.Start();
        return server;
    }
}
