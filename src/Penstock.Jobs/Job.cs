using Penstock.Jobs.Config;
using Penstock.Jobs.Records;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs;

/// <summary>A job as its file says it. Paths of data are relative to the working directory, paths of configuration to the job file.</summary>
public sealed class Job
{
    /// <summary>What stands for standard input or output.</summary>
    public const string Standard = "-";

    internal Job()
    {
    }

    /// <summary>The servers.</summary>
    public required IReadOnlyList<JobServer> Servers { get; init; }

    /// <summary>Where the rows come from.</summary>
    public required JobInput Input { get; init; }

    /// <summary>Where rows that succeeded go, as records or as the input's columns and what is appended to them; <c>-</c> = standard output.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Where records of rows that failed go.</summary>
    public required string ErrorsPath { get; init; }

    /// <inheritdoc cref="MemoryOptions.Budget"/>
    public long? MemoryBudget { get; init; }

    /// <inheritdoc cref="PipelineOptions.CallTimeout"/>
    public TimeSpan? CallTimeout { get; init; }

    /// <inheritdoc cref="BatchOptions.MaxCalls"/>
    public int? BatchMaxCalls { get; init; }

    /// <inheritdoc cref="BatchOptions.Linger"/>
    public TimeSpan? BatchLinger { get; init; }

    /// <inheritdoc cref="PipelineOptions.StartConcurrency"/>
    public int? StartConcurrency { get; init; }

    /// <summary>How a row becomes a call; null = the lines are calls already.</summary>
    internal CallTemplate? Call { get; init; }

    /// <summary>What of a result goes beside the input's columns; null = the output is records.</summary>
    internal AppendTemplate? Append { get; init; }

    /// <summary>Whether <see cref="ErrorsPath"/> was given, and not derived from <see cref="OutputPath"/>.</summary>
    internal bool AreErrorsNamed { get; init; }

    /// <summary>The files that say what the job is: its own, and one of servers.</summary>
    internal IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Where its values stand in them.</summary>
    internal JobPlaces Places { get; init; } = new("", []);

    /// <summary>What must not appear in messages.</summary>
    internal Secrets Secrets { get; init; } = new();

    /// <summary>Reads a job file, YAML or JSON.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Values laid over the file's, each as <c>a.b=c</c>.</param>
    /// <exception cref="JobException">The file is wrong; the exception lists every problem.</exception>
    public static Job Load(string path, IEnumerable<string>? overrides = null)
    {
        var (job, problems) = Read(path, overrides);
        return job ?? throw new JobException(JobExitCode.Config, [.. problems.Select(static p => p.ToString())]);
    }

    /// <summary>Reads a job file without throwing: a job, or every problem that it has.</summary>
    /// <inheritdoc cref="Load"/>
    public static (Job? Job, IReadOnlyList<JobProblem> Problems) Read(string path, IEnumerable<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        var problems = new ProblemList();
        var job = new JobReader(path, problems).Read(overrides ?? []);
        return (problems.Count == 0 ? job : null, problems.All);
    }
}
