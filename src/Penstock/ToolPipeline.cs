namespace Penstock;

/// <summary>Executes tool calls against a fleet of MCP servers. Thread-safe.</summary>
public sealed class ToolPipeline : IAsyncDisposable
{
    /// <summary>The servers.</summary>
    public Fleet Fleet => throw new NotImplementedException();

    /// <summary>Figures of what happened so far.</summary>
    public PipelineMetrics Metrics => throw new NotImplementedException();

    /// <summary>Starts the servers and waits until each is up or has failed. A server that failed does not throw: see the report.</summary>
    public Task<DeployReport> StartAsync(CancellationToken stop = default) => throw new NotImplementedException();

    /// <summary>
    /// Executes calls and yields their results as they end, in completion order; <see cref="ToolResult.Ordinal"/> says which call each is.
    /// A result is borrowed until the next iteration. Leaving the loop early cancels what is not sent yet, and tells the servers of the rest.
    /// </summary>
    public IAsyncEnumerable<ToolResult> ExecuteAsync(IEnumerable<ToolCall> calls, CancellationToken stop = default) => throw new NotImplementedException();

    /// <inheritdoc cref="ExecuteAsync(IEnumerable{ToolCall}, CancellationToken)"/>
    public IAsyncEnumerable<ToolResult> ExecuteAsync(IEnumerable<ToolCall> calls, ExecuteOptions options, CancellationToken stop = default) => throw new NotImplementedException();

    /// <inheritdoc cref="ExecuteAsync(IEnumerable{ToolCall}, CancellationToken)"/>
    public IAsyncEnumerable<ToolResult> ExecuteAsync(IAsyncEnumerable<ToolCall> calls, CancellationToken stop = default) => throw new NotImplementedException();

    /// <inheritdoc cref="ExecuteAsync(IEnumerable{ToolCall}, CancellationToken)"/>
    public IAsyncEnumerable<ToolResult> ExecuteAsync(IAsyncEnumerable<ToolCall> calls, ExecuteOptions options, CancellationToken stop = default) => throw new NotImplementedException();

    /// <summary>Executes one call.</summary>
    public ValueTask<OwnedResult> CallAsync(ToolCall call, CancellationToken stop = default) => throw new NotImplementedException();

    /// <summary>Waits until every call taken so far has ended. New calls are refused from here on.</summary>
    public Task DrainAsync(CancellationToken stop = default) => throw new NotImplementedException();

    /// <summary>Drains, then stops the servers. When <paramref name="stop"/> fires, what is still open is ended as cancelled.</summary>
    public Task StopAsync(CancellationToken stop = default) => throw new NotImplementedException();

    /// <summary>Stops without draining: open calls end as cancelled, servers are stopped.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
