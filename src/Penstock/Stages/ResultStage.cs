using Penstock.Calls;

namespace Penstock.Stages;

/// <summary>A result stage of the user's, as it was added.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Body">The synchronous body; null if it is asynchronous.</param>
/// <param name="AsyncBody">The asynchronous body.</param>
internal sealed record ResultStage(string Name, ResultStageBody? Body, AsyncResultStageBody? AsyncBody)
{
    public void Run(Slab slab, object front, CancellationToken stop)
    {
        var scope = StageScope.Enter(front, Name);
        var batch = new ResultBatch(slab);
        try
        {
            Body!(batch);
        }
        catch (Exception e)
        {
            Fail(slab, e, stop);
        }
        finally
        {
            batch.Close();
            scope.Leave();
        }
    }

    public async Task<Slab> RunAsync(Slab slab, object front, CancellationToken stop)
    {
        var scope = StageScope.Enter(front, Name);
        var batch = new ResultBatch(slab);
        try
        {
            await AsyncBody!(batch, stop).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail(slab, e, stop);
        }
        finally
        {
            batch.Close();
            scope.Leave();
        }

        return slab;
    }

    private void Fail(Slab slab, Exception e, CancellationToken stop)
    {
        if (e is OperationCanceledException && stop.IsCancellationRequested)
        {
            ResultBatch.FailAll(slab, FaultType.Cancelled, $"the pipeline was stopped while result stage '{Name}' ran");
        }
        else
        {
            ResultBatch.FailAll(slab, FaultType.ToolError, $"result stage '{Name}' failed: {e.Message}");
        }
    }
}
