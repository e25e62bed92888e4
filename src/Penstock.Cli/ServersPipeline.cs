using Penstock.Jobs;

namespace Penstock.Cli;

/// <summary>Servers of a file, started for a verb that needs no job.</summary>
internal static class ServersPipeline
{
    /// <summary>Starts the servers; the caller disposes the pipeline.</summary>
    /// <exception cref="JobException">The file is wrong, there is no such server, or none came up.</exception>
    public static async Task<ToolPipeline> StartAsync(string file, string? only, IEnumerable<string>? overrides, CancellationToken stop)
    {
        var servers = ServersFile.Load(file, only, overrides);
        if (only is not null && !servers.Any(s => s.Name == only))
        {
            throw new JobException(JobExitCode.Usage, [$"{file} has no server '{only}'; it has: {string.Join(", ", servers.Select(static s => s.Name))}"]);
        }

        if (servers.Count == 0)
        {
            throw new JobException(JobExitCode.Config, [$"{file} has no server; add one"]);
        }

        Messages.Hide(servers[0].Redact);
        var builder = new ToolPipelineBuilder();
        foreach (var server in servers.Where(s => only is null || s.Name == only))
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
