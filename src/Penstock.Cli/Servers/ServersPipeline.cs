using Penstock.Cli.Streams;
using Penstock.Jobs;

namespace Penstock.Cli.Servers;

/// <summary>Servers, started for a verb that needs no job.</summary>
internal static class ServersPipeline
{
    /// <summary>The engine's own, of a call's deadline too.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(24);

    /// <summary>Starts the servers; the caller disposes the pipeline.</summary>
    /// <param name="read">The servers.</param>
    /// <param name="only">The one to start; null = all.</param>
    /// <param name="stop">Fires when they are not wanted any more.</param>
    /// <exception cref="JobException">None came up.</exception>
    public static async Task<ToolPipeline> StartAsync(ServersFile read, string? only, CancellationToken stop)
    {
        var builder = new ToolPipelineBuilder();
        if (read.CallTimeout is { } timeout)
        {
            builder.Configure(o =>
            {
                // The deadline covers the time before the call is sent, too.
                var deadline = timeout + o.SingleCallDeadline;
                (o.CallTimeout, o.SingleCallDeadline) = (timeout, deadline < LongestTimeout ? deadline : LongestTimeout);
            });
        }

        foreach (var server in read.Servers.Where(s => only is null || s.Name == only))
        {
            builder.AddServer(server.ToOptions(OwnCommand.Line));
        }

        var pipeline = builder.Build();
        try
        {
            var report = await pipeline.StartAsync(stop).ConfigureAwait(false);
            string[] failures =
            [
                .. report.Servers
                    .Where(static s => s.State != ServerState.Up)
                    .Select(static s => $"server '{s.Name}' did not start: {s.Failure ?? s.State.ToString()}"),
            ];
            if (report.Up == 0)
            {
                throw new JobException(JobExitCode.NoServer, failures);
            }

            Array.ForEach(failures, Messages.Write);
            return pipeline;
        }
        catch
        {
            await pipeline.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
