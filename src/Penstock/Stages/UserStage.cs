using Penstock.Calls;
using Penstock.Servers;

namespace Penstock.Stages;

/// <summary>A stage of the user's, as it was added.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Body">The synchronous body; null if it is asynchronous.</param>
/// <param name="AsyncBody">The asynchronous body.</param>
internal sealed record UserStage(string Name, StageBody? Body, AsyncStageBody? AsyncBody)
{
    /// <summary>Runs a synchronous body, then checks again what it may have changed.</summary>
    public void Run(Slab slab, ServerTable servers, object front)
    {
        var scope = StageScope.Enter(front, Name);
        var batch = new CallBatch(slab, servers.Resolve);
        try
        {
            Body!(batch);
        }
        finally
        {
            batch.Close();
            scope.Leave();
        }

        ValidateStage.Check(slab);
    }

    public async Task<Slab> RunAsync(Slab slab, ServerTable servers, object front, CancellationToken stop)
    {
        var scope = StageScope.Enter(front, Name);
        var batch = new CallBatch(slab, servers.Resolve);
        try
        {
            await AsyncBody!(batch, stop).ConfigureAwait(false);
        }
        finally
        {
            batch.Close();
            scope.Leave();
        }

        ValidateStage.Check(slab);
        return slab;
    }
}
