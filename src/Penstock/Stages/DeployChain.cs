using System.Threading.Tasks.Dataflow;
using Penstock.Servers;

namespace Penstock.Stages;

/// <summary>One server on its way into the fleet.</summary>
internal sealed class Deployment(ServerOptions options, IProgress<ServerStatus>? progress)
{
    private readonly TaskCompletionSource<ServerStatus> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ServerOptions Options => options;

    public Task<ServerStatus> Outcome => _outcome.Task;

    public bool IsEnded => _outcome.Task.IsCompleted;

    public void End(ServerStatus status)
    {
        if (!_outcome.TrySetResult(status))
        {
            return;
        }

        try
        {
            progress?.Report(status);
        }
        catch (Exception)
        {
            // User code, on the chain's thread: it must not end the chain for the servers that come after.
        }
    }

    public void Fail(string failure) => End(Failed(options, failure));

    /// <summary>What is said of a server that never entered the fleet.</summary>
    public static ServerStatus Failed(ServerOptions options, string failure) => new()
    {
        Name = options.Name,
        State = ServerState.Failed,
        Failure = failure,
        Transport = options.Transport?.Describe() ?? "",
        Replicas = options.Replicas,
    };
}

/// <summary>
/// The chain by which servers are deployed: validate → start gate → breaker → dispatch, bounded in parallel, with one outcome for each. Its
/// messages are batches of deployments, so that thousands of servers cost few hops; one bad server never stops the others.
/// </summary>
internal sealed class DeployChain
{
    /// <summary>Deployments in one message.</summary>
    private const int BatchLength = 64;

    private readonly TransformBlock<Deployment[], Deployment[]> _first;
    private readonly ActionBlock<Deployment[]> _last;
    private readonly Func<ServerOptions, (Server? Server, string? Refusal)> _add;
    private readonly Func<Server, Task> _discard;
    private readonly SemaphoreSlim _places;
    private readonly CancellationToken _stop;

    /// <param name="add">Puts a server into the fleet; or says why it cannot come in.</param>
    /// <param name="discard">Takes a server that did not come up out again.</param>
    /// <param name="concurrency">How many servers start at the same time.</param>
    /// <param name="stop">Ends waiting for servers.</param>
    public DeployChain(
        Func<ServerOptions, (Server? Server, string? Refusal)> add, Func<Server, Task> discard, int concurrency, CancellationToken stop)
    {
        _add = add;
        _discard = discard;
        _places = new SemaphoreSlim(concurrency);
        _stop = stop;
        _first = StageBlock.TransformBatch<Deployment[]>(Validate);
        var gate = StageBlock.TransformBatch<Deployment[]>(static _ => { });
        var breaker = StageBlock.TransformBatch<Deployment[]>(static _ => { });
        _last = StageBlock.LastBatch<Deployment[]>(StartAllAsync);
        StageBlock.Then(_first, gate);
        StageBlock.Then(gate, breaker);
        StageBlock.Then(breaker, _last);
    }

    /// <summary>Deploys servers; the outcomes are those of the deployments.</summary>
    public async Task<DeployReport> RunAsync(IReadOnlyList<Deployment> deployments)
    {
        foreach (var batch in deployments.Chunk(BatchLength))
        {
            if (!await _first.SendAsync(batch).ConfigureAwait(false))
            {
                Array.ForEach(batch, static d => d.Fail("the pipeline is stopped"));
            }
        }

        return new DeployReport(await Task.WhenAll(deployments.Select(static d => d.Outcome)).ConfigureAwait(false));
    }

    public Task CompleteAsync()
    {
        _first.Complete();
        return _last.Completion;
    }

    private static void Validate(Deployment[] batch)
    {
        foreach (var deployment in batch)
        {
            try
            {
                var problems = new List<string>();
                deployment.Options.Validate(problems);
                if (problems.Count > 0)
                {
                    deployment.Fail(string.Join(" ", problems));
                }
            }
            catch (Exception e)
            {
                // A body that throws ends its block, and with it the deployment of every server to come.
                deployment.Fail(e.Message);
            }
        }
    }

    private async Task StartAllAsync(Deployment[] batch)
    {
        foreach (var deployment in batch)
        {
            if (deployment.IsEnded)
            {
                continue;
            }

            await _places.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            _ = StartAsync(deployment);
        }
    }

    private async Task StartAsync(Deployment deployment)
    {
        try
        {
            var (server, refusal) = _add(deployment.Options);
            if (server is null)
            {
                deployment.Fail(refusal!);
                return;
            }

            await server.Settled.WaitAsync(_stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var status = server.GetStatus();
            if (status.State is ServerState.Failed or ServerState.Starting)
            {
                await _discard(server).ConfigureAwait(false);
            }

            deployment.End(status);
        }
        catch (Exception e)
        {
            deployment.Fail(e.Message);
        }
        finally
        {
            _places.Release();
        }
    }
}
