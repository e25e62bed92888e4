using System.Threading.Tasks.Dataflow;
using Penstock.Calls;
using Penstock.Memory;
using Penstock.Scheduling;
using Penstock.Telemetry;

namespace Penstock.Stages;

/// <summary>Where every ended call is measured, one pass per slab, before the slab goes back to its pool.</summary>
internal sealed class MetricsStage
{
    /// <summary>Slabs that may wait to be measured. Past it the ending thread measures for itself: readers never wait.</summary>
    private const int Capacity = 64;

    private readonly ActionBlock<Slab> _block;
    private readonly PipelineMetrics _metrics;
    private readonly BoundedPool<Slab> _slabs;

    public MetricsStage(PipelineMetrics metrics, BoundedPool<Slab> slabs)
    {
        _metrics = metrics;
        _slabs = slabs;
        _block = StageBlock.Last(Measure, Capacity);
    }

    public void Post(Slab slab)
    {
        using (InlineScheduler.Enter())
        {
            if (!_block.Post(slab))
            {
                Measure(slab);
            }
        }
    }

    public Task CompleteAsync()
    {
        _block.Complete();
        return _block.Completion;
    }

    private void Measure(Slab slab)
    {
        _metrics.Measure(slab.Outcomes);
        slab.Clear();
        _slabs.Return(slab);
    }
}
