using System.Threading.Tasks.Dataflow;
using Penstock.Calls;
using Penstock.Scheduling;

namespace Penstock.Stages;

// Room Stages: the dataflow graph, one block per step; the only room that sees TPL Dataflow. Never encodes, never touches sockets.

/// <summary>
/// Makes every block of the house, with the house's settings: always bounded, never ordered, synchronous bodies on the poster's thread. User code
/// runs on the thread pool: it may block, on another pipeline even, and a blocked frame of the inline scheduler runs nobody's blocks. A body
/// never throws and never lets cancellation escape (a block would lose the slab, or fault its chain for good): what does escape ends
/// the slab's open calls and the slab goes on.
/// </summary>
internal static class StageBlock
{
    /// <summary>Slabs that a block may hold: one being worked on, one waiting.</summary>
    private const int Capacity = 2;

    private static readonly DataflowLinkOptions Link = new() { PropagateCompletion = true };

    /// <summary>A stage that works on a slab in place and passes it on.</summary>
    /// <param name="name">The stage's name, for messages.</param>
    /// <param name="body">Throwing ends the slab's open calls.</param>
    /// <param name="isUserCode">It may block.</param>
    /// <param name="stop">Once it has fired, a body that lets cancellation escape ends its calls as cancelled.</param>
    public static TransformBlock<Slab, Slab> Transform(string name, Action<Slab> body, bool isUserCode = false, CancellationToken stop = default) =>
        new(
            slab =>
            {
                try
                {
                    body(slab);
                }
                catch (Exception e)
                {
                    Fault(name, slab, e, stop);
                }

                return slab;
            },
            Options(isUserCode ? TaskScheduler.Default : InlineScheduler.Instance));

    /// <summary>A stage that may wait. Bodies that need not wait return the slab's own completed task.</summary>
    /// <inheritdoc cref="Transform"/>
    public static TransformBlock<Slab, Slab> TransformAsync(
        string name, Func<Slab, Task<Slab>> body, bool isUserCode = false, CancellationToken stop = default) =>
        new(
            slab =>
            {
                try
                {
                    var task = body(slab);
                    return task.IsCompletedSuccessfully ? task : GuardAsync(name, slab, task, stop);
                }
                catch (Exception e)
                {
                    Fault(name, slab, e, stop);
                    return slab.Completed;
                }
            },
            Options(isUserCode ? TaskScheduler.Default : InlineScheduler.Instance));

    /// <summary>The last stage of a chain. Its body must not throw: there is nowhere left for a slab to go.</summary>
    public static ActionBlock<Slab> Last(Action<Slab> body, int capacity = Capacity) =>
        new(body, Options(InlineScheduler.Instance, capacity));

    /// <summary>A stage of a chain that carries something other than slabs. Its body does not throw.</summary>
    public static TransformBlock<T, T> TransformBatch<T>(Action<T> body) =>
        new(
            batch =>
            {
                body(batch);
                return batch;
            },
            Options(TaskScheduler.Default));

    /// <summary>The last stage of such a chain; it may wait. Its body does not throw.</summary>
    public static ActionBlock<T> LastBatch<T>(Func<T, Task> body) => new(body, Options(TaskScheduler.Default));

    /// <summary>Links two blocks of one straight chain.</summary>
    public static void Then<T>(this ISourceBlock<T> source, ITargetBlock<T> target) => source.LinkTo(target, Link);

    private static async Task<Slab> GuardAsync(string name, Slab slab, Task<Slab> task, CancellationToken stop)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fault(name, slab, e, stop);
        }

        return slab;
    }

    private static void Fault(string name, Slab slab, Exception e, CancellationToken stop)
    {
        var (type, message) = e is OperationCanceledException && stop.IsCancellationRequested
            ? (FaultType.Cancelled, $"the pipeline was stopped while stage '{name}' ran")
            : (FaultType.InvalidParams, $"stage '{name}' failed: {e.Message}");
        for (var i = 0; i < slab.Count; i++)
        {
            slab.End(i, CallFault.Local(type, Executed.No), message);
        }
    }

    private static ExecutionDataflowBlockOptions Options(TaskScheduler scheduler, int capacity = Capacity) => new()
    {
        BoundedCapacity = capacity,
        EnsureOrdered = false,
        SingleProducerConstrained = false,
        TaskScheduler = scheduler,
    };
}
