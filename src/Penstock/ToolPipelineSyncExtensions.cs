using System.Text.Json.Serialization.Metadata;
using Penstock.Scheduling;

namespace Penstock;

/// <summary>
/// The pipeline for programs without <c>async</c>: each method blocks its thread until what it waits for has come. Not for threads of a pipeline
/// (stages, transports, callbacks): a stage that waits for its own pipeline waits for itself, and is refused. The thread pool must have threads
/// to spare: a program that blocks all of them here waits until the pool grows.
/// </summary>
public static class ToolPipelineSyncExtensions
{
    /// <summary>
    /// Executes calls and yields their results as they end, in completion order, as <see cref="ToolPipeline.ExecuteAsync(IEnumerable{ToolCall}, CancellationToken)"/>
    /// does: a result is borrowed until the next iteration. For <c>foreach</c>; the calls are read on another thread.
    /// </summary>
    /// <exception cref="InvalidOperationException">When iterated: the pipeline is draining, or the caller is one of its threads.</exception>
    /// <exception cref="ObjectDisposedException">When iterated: the pipeline was stopped or disposed.</exception>
    /// <exception cref="OperationCanceledException">While iterated: <paramref name="stop"/> fired, or the pipeline was disposed before the source had been read to its end.</exception>
    public static IEnumerable<ToolResult> Execute(this ToolPipeline pipeline, IEnumerable<ToolCall> calls, CancellationToken stop = default) =>
        Execute(pipeline, calls, new ExecuteOptions(), stop);

    /// <inheritdoc cref="Execute(ToolPipeline, IEnumerable{ToolCall}, CancellationToken)"/>
    public static IEnumerable<ToolResult> Execute(
        this ToolPipeline pipeline, IEnumerable<ToolCall> calls, ExecuteOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return new BlockingResults(pipeline.ExecuteAsync(calls, options, stop));
    }

    /// <summary>Executes one call. A fault is an outcome, not an exception: look at <see cref="OwnedResult.Fault"/>.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired before the call ended.</exception>
    /// <exception cref="InvalidOperationException">The pipeline is draining, or the caller is one of its own stages or threads.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was stopped or disposed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The call's timeout is not more than 0.</exception>
    public static OwnedResult Call(this ToolPipeline pipeline, ToolCall call, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ThrowIfOnPipelineThread();
        return pipeline.CallAsync(call, stop).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Executes one call and reads its answer, as <see cref="ToolPipelineExtensions.CallAsync"/> does.</summary>
    /// <inheritdoc cref="ToolPipelineExtensions.CallAsync"/>
    public static T? Call<T>(this ToolPipeline pipeline, ToolCall call, JsonTypeInfo<T> type, CancellationToken stop = default)
    {
        ThrowIfOnPipelineThread();
        return pipeline.CallAsync(call, type, stop).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Starts the servers, as <see cref="ToolPipeline.StartAsync"/> does.</summary>
    /// <inheritdoc cref="ToolPipeline.StartAsync"/>
    public static DeployReport Start(this ToolPipeline pipeline, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ThrowIfOnPipelineThread();
        return pipeline.StartAsync(stop).GetAwaiter().GetResult();
    }

    /// <summary>Drains and stops, as <see cref="ToolPipeline.StopAsync"/> does.</summary>
    public static void Stop(this ToolPipeline pipeline, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ThrowIfOnPipelineThread();
        pipeline.StopAsync(stop).GetAwaiter().GetResult();
    }

    /// <summary>A blocked frame of the inline scheduler runs nobody's blocks, perhaps those that would end the wait.</summary>
    internal static void ThrowIfOnPipelineThread()
    {
        if (InlineScheduler.IsInFrame)
        {
            throw new InvalidOperationException(
                "A thread of a pipeline may not wait for calls: it has others' calls to carry. Use the thread pool, and CallAsync or ExecuteAsync.");
        }
    }
}
