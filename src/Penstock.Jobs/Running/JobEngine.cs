namespace Penstock.Jobs.Running;

/// <summary>What a job needs of a pipeline: the narrow seam that lets the job's loop be tested with results made by hand.</summary>
/// <param name="Start">Starts the servers; ends when each is up or has failed.</param>
/// <param name="List">The servers as they are now.</param>
/// <param name="Execute">Executes the calls of a source.</param>
/// <param name="Stop">Stops the servers when all calls have ended.</param>
/// <param name="Dispose">Stops at once: calls that are open end as cancelled.</param>
internal sealed record JobEngine(
    Func<CancellationToken, Task<DeployReport>> Start,
    Func<IReadOnlyList<ServerStatus>> List,
    Func<IAsyncEnumerable<ToolCall>, CancellationToken, IAsyncEnumerable<ToolResult>> Execute,
    Func<CancellationToken, Task> Stop,
    Func<Task> Dispose)
{
    /// <summary>The engine itself.</summary>
    /// <exception cref="PipelineConfigurationException">The job asks for what the engine refuses.</exception>
    public static JobEngine Of(Job job, JobRunOptions options)
    {
        var builder = new ToolPipelineBuilder();
        foreach (var server in job.Servers)
        {
            builder.AddServer(server.ToOptions(options.MockCommand));
        }

        builder.Configure(o =>
        {
            o.Clock = options.Clock;
            o.CallTimeout = job.CallTimeout ?? o.CallTimeout;
            o.StartConcurrency = job.StartConcurrency ?? o.StartConcurrency;
            o.Batch.MaxCalls = job.BatchMaxCalls ?? o.Batch.MaxCalls;
            o.Batch.Linger = job.BatchLinger ?? o.Batch.Linger;
            o.Memory.Budget = job.MemoryBudget ?? o.Memory.Budget;
        });
        return Of(builder.Build());
    }

    public static JobEngine Of(ToolPipeline pipeline) =>
        new(pipeline.StartAsync, pipeline.Fleet.List, pipeline.ExecuteAsync, pipeline.StopAsync, () => pipeline.DisposeAsync().AsTask());
}
