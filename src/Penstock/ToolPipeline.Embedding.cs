using System.Threading.Tasks.Dataflow;
using Penstock.Stages;

namespace Penstock;

/// <content>What programs need that are built around something else than <c>await foreach</c>.</content>
public sealed partial class ToolPipeline : IDisposable
{
    /// <summary>
    /// Opens a stream as a block of a TPL Dataflow graph: calls in, results out, in completion order. <see cref="OwnedResult.Ordinal"/> counts the calls
    /// as they were taken in, and <see cref="ToolCall.Tag"/> comes back with each.
    /// </summary>
    /// <remarks>
    /// <para>
    /// When it is full, offers wait (<c>SendAsync</c>) or are declined (<c>Post</c>); when its targets take nothing, no more calls are taken from it.
    /// A quarter of its bound may wait at either end, half of it may be on its way to servers and back: for full speed that half should be above
    /// the windows of the servers together. Bytes of a call must stay as they are until its result has come.
    /// </para>
    /// <para>
    /// <c>Complete</c> ends the calls that were taken, then the block. <c>Fault</c> cancels what is unsent, waits for the source to be left, and
    /// faults the block. Draining the pipeline waits until the block was completed and its calls have ended; their results may still wait in it. A
    /// pipeline that is stopped before faults it with <see cref="ObjectDisposedException"/>. <paramref name="stop"/> ends it as cancelled, which links
    /// pass on as completion. Results that nobody has taken are lost with a fault or a cancellation, as in every block.
    /// </para>
    /// </remarks>
    /// <param name="boundedCapacity">The most calls that the block holds, both ends included. 4 to 1,000,000, default 4096.</param>
    /// <param name="options">How the stream is executed; null (default) = as <see cref="ExecuteOptions"/> says by itself.</param>
    /// <param name="stop">Cancels the block.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="boundedCapacity"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">The pipeline is draining, or the caller is one of its stages.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was stopped or disposed.</exception>
    public IPropagatorBlock<ToolCall, OwnedResult> AsPropagator(
        int boundedCapacity = 4096, ExecuteOptions? options = null, CancellationToken stop = default)
    {
        if (boundedCapacity is < CallPropagator.LeastCapacity or > CallPropagator.MostCapacity)
        {
            throw new ArgumentOutOfRangeException(
                nameof(boundedCapacity),
                boundedCapacity,
                $"boundedCapacity is {boundedCapacity}; use {CallPropagator.LeastCapacity} to {CallPropagator.MostCapacity}.");
        }

        return new CallPropagator(
            boundedCapacity, (calls, leave) => ExecuteAsync(calls, options ?? new ExecuteOptions(), CancellationToken.None).GetAsyncEnumerator(leave), stop);
    }

    /// <summary>As <see cref="DisposeAsync"/>, for programs without <c>async</c>: blocks until the pipeline is disposed.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
