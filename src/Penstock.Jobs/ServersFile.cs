using Penstock.Jobs.Config;

namespace Penstock.Jobs;

/// <summary>The servers of a job file, or of anyone's <c>mcp.json</c>.</summary>
public static class ServersFile
{
    /// <summary>Reads the servers.</summary>
    /// <param name="path">The file.</param>
    /// <param name="only">One server's name: the others are not read, so that what is wrong with them does not matter. Null = all.</param>
    /// <param name="overrides">Values laid over the file's, each as <c>a.b=c</c>.</param>
    /// <exception cref="JobException">The file is wrong; the exception lists every problem.</exception>
    public static IReadOnlyList<JobServer> Load(string path, string? only = null, IEnumerable<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        var problems = new ProblemList();
        var servers = new JobReader(path, problems).ReadServers(only, overrides ?? []);
        return problems.Count == 0 ? servers : throw new JobException(JobExitCode.Config, [.. problems.All.Select(static p => p.ToString())]);
    }
}
