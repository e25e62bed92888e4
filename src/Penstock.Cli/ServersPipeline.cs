using Penstock.Jobs;

namespace Penstock.Cli;

/// <summary>Servers of a file, started for a verb that needs no job.</summary>
internal static class ServersPipeline
{
    /// <summary>The engine's own.</summary>
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromHours(24);

    /// <summary>Starts the servers; the caller disposes the pipeline.</summary>
    /// <exception cref="JobException">The file is wrong, there is no such server, or none came up.</exception>
    public static async Task<ToolPipeline> StartAsync(string file, string? only, IEnumerable<string>? overrides, CancellationToken stop)
    {
        var read = ServersFile.Load(file, only, overrides);
        var servers = read.Servers;
        if (only is not null && !servers.Any(s => s.Name == only))
        {
            throw new JobException(JobExitCode.Usage, [$"{file} has no server '{only}'; it has: {string.Join(", ", servers.Select(static s => s.Name))}"]);
        }

        if (servers.Count == 0)
        {
            throw new JobException(JobExitCode.Config, [.. read.Skipped, $"{file} has no server{(read.Skipped.Count == 0 ? "" : " that can be started here")}; add one"]);
        }

        foreach (var reason in read.Skipped)
        {
            Messages.Write(reason);
        }

        Messages.Hide(servers[0].Redact);
        var builder = new ToolPipelineBuilder();
        if (read.CallTimeout is { } timeout)
        {
            builder.Configure(o =>
            {
                // The deadline covers the time before the call is sent, too.
                var deadline = timeout + o.SingleCallDeadline;
                (o.CallTimeout, o.SingleCallDeadline) = (timeout, deadline < LongestDeadline ? deadline : LongestDeadline);
            });
        }

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
