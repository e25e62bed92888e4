using Penstock.Jobs.Config;

namespace Penstock.Jobs;

/// <summary>Tells everything that would keep a job from running here and now, without running anything.</summary>
public static class JobLint
{
    /// <summary>
    /// The problems of a job file, and of what it names on this machine: an input that cannot be read, a folder for records that is missing or
    /// may not be written, a command that is not found. Nothing is opened that is not a file, and nothing is started.
    /// </summary>
    /// <param name="path">The job file, YAML or JSON.</param>
    /// <param name="overrides">Values laid over the file's, each as <c>a.b=c</c>.</param>
    /// <returns>Every problem, in the order of the text; empty if there is none.</returns>
    public static IReadOnlyList<JobProblem> Check(string path, IEnumerable<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        string[] laid = [.. overrides ?? []];
        var problems = new ProblemList();
        if (new JobReader(path, problems).Read(laid) is { } job)
        {
            new MachineCheck(job, JobPlaces.Of(job, laid), problems).Run();
        }

        return problems.All;
    }
}
