using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Penstock.Hosting;

/// <summary>
/// Starts a pipeline before the host's services and stops it behind them: a service that still works through rows while it stops finds its
/// pipeline, in whatever order the two were added.
/// </summary>
internal sealed partial class PipelineHost(ToolPipeline pipeline, ILogger logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var report = await pipeline.StartAsync(cancellationToken).ConfigureAwait(false);
        foreach (var server in report.Servers)
        {
            if (server.State != ServerState.Up)
            {
                ServerNotUp(logger, server.Name, server.Failure);
            }
        }
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        var drained = pipeline.DrainAsync(cancellationToken);
        await drained.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!drained.IsCompletedSuccessfully)
        {
            var figures = pipeline.Metrics.Snapshot();
            CutOff(logger, figures.Accepted - figures.Ended);
        }

        await pipeline.DisposeAsync().ConfigureAwait(false);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Error, "Server {Server} did not come up: {Reason}")]
    private static partial void ServerNotUp(ILogger logger, string server, string? reason);

    [LoggerMessage(2, LogLevel.Warning, "The host's time to stop is over: {Open} calls that had not ended are cancelled")]
    private static partial void CutOff(ILogger logger, long open);
}
