using System.Threading.Tasks.Dataflow;
using Penstock.Calls;
using Penstock.Scheduling;
using Penstock.Servers;

namespace Penstock.Stages;

/// <summary>The one front chain of a pipeline: validate → the user's stages → batch.</summary>
internal sealed class FrontChain
{
    private readonly TransformBlock<Slab, Slab> _first;
    private readonly ActionBlock<Slab> _last;
    private readonly BatchStage _batch;

    public FrontChain(IReadOnlyList<UserStage> userStages, ServerTable servers, BatchStage batch, CancellationToken stop)
    {
        _batch = batch;
        _first = StageBlock.Transform("validate", ValidateStage.Check, stop: stop);
        ISourceBlock<Slab> source = _first;
        foreach (var stage in userStages)
        {
            var block = stage.Body is not null
                ? StageBlock.Transform(stage.Name, slab => stage.Run(slab, servers, this), isUserCode: true, stop)
                : StageBlock.TransformAsync(stage.Name, slab => stage.RunAsync(slab, servers, this, stop), isUserCode: true, stop);
            source.Then(block);
            source = block;
        }

        _last = StageBlock.Last(slab =>
        {
            ValidateStage.CheckSchemas(slab);
            batch.Scatter(slab);
        });
        source.Then(_last);
    }

    /// <summary>Hands a slab over. Waits here, and only here, while the chain is full.</summary>
    public ValueTask PostAsync(Slab slab)
    {
        using (InlineScheduler.Enter())
        {
            if (_first.Post(slab))
            {
                return default;
            }
        }

        return new ValueTask(SendAsync(slab));
    }

    /// <summary>No more slabs come; completes when the last one has been scattered.</summary>
    public Task CompleteAsync()
    {
        _first.Complete();
        return _last.Completion;
    }

    private async Task SendAsync(Slab slab)
    {
        if (await _first.SendAsync(slab).ConfigureAwait(false))
        {
            return;
        }

        // Completed: the pipeline stopped while this source was on its way here.
        for (var i = 0; i < slab.Count; i++)
        {
            slab.End(i, CallFault.Local(FaultType.Cancelled, Executed.No), "the pipeline was stopped before the call was sent");
        }

        _batch.Scatter(slab);
    }
}
