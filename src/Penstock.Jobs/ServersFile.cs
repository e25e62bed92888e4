using Penstock.Jobs.Config;

namespace Penstock.Jobs;

/// <summary>The servers of a job file, or of anyone's <c>mcp.json</c>.</summary>
public sealed record ServersFile
{
    internal ServersFile()
    {
    }

    /// <summary>The servers that can be started.</summary>
    public required IReadOnlyList<JobServer> Servers { get; init; }

    /// <summary>Those of another program's file that cannot, and why: a sentence each.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    /// <inheritdoc cref="PipelineOptions.CallTimeout"/>
    public TimeSpan? CallTimeout { get; init; }

    /// <summary>Reads the servers.</summary>
    /// <param name="path">The file.</param>
    /// <param name="only">One server's name: the others are not read, so that what is wrong with them does not matter. Null = all.</param>
    /// <param name="overrides">Values laid over the file's, each as <c>a.b=c</c>.</param>
    /// <exception cref="JobException">The file is wrong; the exception lists every problem.</exception>
    public static ServersFile Load(string path, string? only = null, IEnumerable<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Load(path, text: null, only, overrides);
    }

    /// <param name="path">What the text is called in messages.</param>
    /// <param name="text">What such a file would hold; null = it is read.</param>
    /// <param name="only">The one server that is read; null = all.</param>
    /// <param name="overrides">Values laid over the text's.</param>
    internal static ServersFile Load(string path, string? text, string? only, IEnumerable<string>? overrides)
    {
        var problems = new ProblemList();
        var servers = new JobReader(path, problems, text).ReadServers(only, overrides ?? []);
        return problems.Count == 0 && servers is not null
            ? servers
            : throw new JobException(JobExitCode.Config, [.. problems.All.Select(static p => p.ToString())]);
    }
}
