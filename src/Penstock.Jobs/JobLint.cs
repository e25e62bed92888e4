using Penstock.Jobs.Config;
using Penstock.Jobs.Files;
using Penstock.Jobs.Running;

namespace Penstock.Jobs;

/// <summary>Tells everything that would keep a job from running here and now, without running it.</summary>
public static class JobLint
{
    /// <summary>
    /// The problems of a job file, and of what it names on this machine: an input that cannot be read, as a whole or from its start on, a folder
    /// for records that is missing or may not be written, a command that is not found. Nothing is opened that is not a file, and nothing is
    /// started.
    /// </summary>
    /// <param name="path">The job file, YAML or JSON.</param>
    /// <param name="overrides">Values laid over the file's, each as <c>a.b=c</c>.</param>
    /// <param name="mockTools">
    /// The tools that every mock server has, against which a job is held that calls one of them as <see cref="ConnectAsync"/> holds it; null
    /// (default) = they are not known.
    /// </param>
    /// <returns>Every problem, in the order of the text; empty if there is none.</returns>
    public static IReadOnlyList<JobProblem> Check(string path, IEnumerable<string>? overrides = null, IReadOnlyList<ToolDescription>? mockTools = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        var problems = new ProblemList();
        if (new JobReader(path, problems).Read(overrides ?? []) is { } job)
        {
            CheckMachine(job, problems);
            new ToolCheck(job, problems).Run(server => server.Mock is null ? [] : mockTools ?? []);
        }

        return problems.All;
    }

    /// <summary>
    /// As <see cref="Check"/>, and if the file itself is right, starts the job's servers as a run would and stops them again: tells which do not
    /// start, whether the job's tool is there, and whether the arguments of its template fit what the tool asks for. Reads no row, calls no
    /// tool, and writes nothing.
    /// </summary>
    /// <param name="path">The job file, YAML or JSON.</param>
    /// <param name="overrides">Values laid over the file's, each as <c>a.b=c</c>.</param>
    /// <param name="options">The command that plays mock servers, and the clock.</param>
    /// <param name="stop">Ends the waiting for servers.</param>
    /// <returns>Every problem, in the order of the text; empty if there is none.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired; the servers are stopped.</exception>
    public static async Task<IReadOnlyList<JobProblem>> ConnectAsync(
        string path, IEnumerable<string>? overrides, JobRunOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        var problems = new ProblemList();
        if (new JobReader(path, problems).Read(overrides ?? []) is { } job)
        {
            var isSound = problems.Count == 0;
            CheckMachine(job, problems);
            if (isSound)
            {
                await CheckServersAsync(job, problems, options, stop).ConfigureAwait(false);
            }
        }

        return problems.All;
    }

    private static void CheckMachine(Job job, ProblemList problems)
    {
        var isSound = problems.Count == 0;
        new MachineCheck(job, problems).Run();

        // Only a file that is there, and whose columns are: the others are told already.
        if (isSound && job.Input.Path is { } path && File.Exists(path) && !SpecialFile.Is(path) && !problems.All.Any(static p => p.Path == "input.path"))
        {
            try
            {
                JobInputs.Open(job, standardInput: null, static (_, _, _, _) => { }, CancellationToken.None).Close();
            }
            catch (JobException e)
            {
                problems.Add(job.Places.Find("input", "path"), "input.path", job.Secrets.Redact(e.Message));
            }
        }
    }

    private static async Task CheckServersAsync(Job job, ProblemList problems, JobRunOptions options, CancellationToken stop)
    {
        JobEngine engine;
        try
        {
            engine = JobEngine.Of(job, options);
        }
        catch (PipelineConfigurationException) when (problems.Count > 0)
        {
            // What the engine refuses of a server is told already.
            return;
        }

        try
        {
            var servers = (await engine.Start(stop).ConfigureAwait(false)).Servers;
            var told = problems.All;
            foreach (var server in servers.Where(static s => s.State is not (ServerState.Up or ServerState.Restarting)))
            {
                // What the machine lacks for it is told already.
                var key = $"{job.Places.ServersKey}.{server.Name}";
                if (!told.Any(p => p.Path.StartsWith(key + ".", StringComparison.Ordinal)))
                {
                    var failure = $"did not start: {server.Failure ?? server.State.ToString()}";
                    problems.Add(job.Places.Find(job.Places.ServersKey, server.Name), key, job.Secrets.Redact(failure));
                }
            }

            new ToolCheck(job, problems).Run(server => servers.FirstOrDefault(s => s.Name == server.Name)?.Tools ?? []);
            await engine.Stop(stop).ConfigureAwait(false);
        }
        finally
        {
            await engine.Dispose().ConfigureAwait(false);
        }
    }
}
