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
        _deploy = new DeployChain(Add, RemoveAsync, concurrency, stop);
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
    /// <exception cref="ObjectDisposedException">The pipeline was stopped or disposed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired; the server on its way goes on.</exception>
    public async Task<ServerStatus> DeployAsync(ServerOptions server, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        return (await DeployManyAsync([server], null, stop).ConfigureAwait(false)).Servers[0];
    }

    /// <summary>
    /// Adds and starts many servers, bounded in parallel; one bad server never stops the others. Those that a pipeline being disposed catches on
    /// their way are stopped with it, and end as failed or stopped.
    /// </summary>
    /// <param name="servers">The servers.</param>
    /// <param name="progress">Told each outcome as it comes; may be null. What it throws is ignored.</param>
    /// <param name="stop">Ends the waiting; servers on their way go on.</param>
    /// <exception cref="ArgumentException">A server is null.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was stopped or disposed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired.</exception>
    public Task<DeployReport> DeployManyAsync(
        IEnumerable<ServerOptions> servers, IProgress<ServerStatus>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(servers);
        var deployments = servers
            .Select(s => new Deployment((s ?? throw new ArgumentException("A server is null.", nameof(servers))).Copy(), progress))
            .ToList();
        ObjectDisposedException.ThrowIf(_servers.IsClosed, _pipeline);
        return _deploy.RunAsync(deployments).WaitAsync(stop);
    }

    /// <summary>All servers, as they are now.</summary>
    public IReadOnlyList<ServerStatus> List() => [.. _servers.All.Select(static s => s.GetStatus())];

    /// <summary>Removes a server and stops it: calls that wait for it end as cancelled, calls it is working on as cancelled, executed maybe.</summary>
    /// <param name="name">The server.</param>
    /// <param name="stop">Ends the waiting; the server is stopped all the same.</param>
    /// <returns>False if there is no such server.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired.</exception>
    public async Task<bool> RemoveAsync(string name, CancellationToken stop = default)
    {
        if (!_servers.TryGet(name, out var server) || !_servers.TryRemove(server))
        {
            return false;
        }

        await StopRemovedAsync(server).WaitAsync(stop).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// The first servers enter the fleet at once, so that calls find them, and stay in it even if they fail. One whose name is taken, or that the
    /// disposal of the pipeline came before, is never started.
    /// </summary>
    internal async Task<DeployReport> StartAsync(IReadOnlyList<ServerOptions> options)
    {
        var servers = options.Select(TryAdd).ToList();
        servers.ForEach(static s => s?.Start());
        await Task.WhenAll(servers.Select(static s => s?.Settled ?? Task.CompletedTask)).ConfigureAwait(false);
        return new DeployReport([.. servers.Zip(options, (s, o) => s?.GetStatus() ?? Deployment.Failed(o, WhyNotAdded(o)))]);
    }

    /// <summary>Stops every server there is, those included that are being removed. None comes in from here on.</summary>
    internal Task StopAsync() => Task.WhenAll(_servers.Close().Select(static s => s.StopAsync("the pipeline is stopped")));

    internal async Task CompleteAsync()
    {
        await _deploy.CompleteAsync().ConfigureAwait(false);
        await Task.WhenAll(_servers.All.Select(static s => ((TailChain)s.Queue).CompleteAsync())).ConfigureAwait(false);
    }

    private Server? TryAdd(ServerOptions options)
    {
        var server = new Server(options, _context);
        server.Queue = new TailChain(server, _tails);
        return _servers.TryAdd(server) ? server : null;
    }

    private (Server? Server, string? Refusal) Add(ServerOptions options)
    {
        if (TryAdd(options) is not { } server)
        {
            return (null, WhyNotAdded(options));
        }

        server.Start();
        return (server, null);
    }

    private string WhyNotAdded(ServerOptions options) => _servers.IsClosed
        ? "the pipeline is stopped"
        : $"there is a server '{options.Name}' already; remove it first or choose another name";

    private async Task RemoveAsync(Server server)
    {
        if (_servers.TryRemove(server))
        {
            await StopRemovedAsync(server).ConfigureAwait(false);
        }
    }

    private async Task StopRemovedAsync(Server server)
    {
        await server.StopAsync($"server '{server.Name}' was removed").ConfigureAwait(false);
        await ((TailChain)server.Queue).CompleteAsync().ConfigureAwait(false);
        _servers.Forget(server);
    }
}
