using System.CommandLine;

namespace Penstock.Cli.Summary;

/// <summary>How a job was named on the command line.</summary>
/// <param name="Path">The job file.</param>
/// <param name="Set">What was laid over it.</param>
internal sealed record JobLine(string Path, IReadOnlyList<string> Set)
{
    /// <summary>Options that hold for every run of the job, as they were given: name, value, name, value.</summary>
    public IReadOnlyList<string> Kept { get; init; } = [];

    /// <summary>The files of <c>--env-file</c>.</summary>
    public IReadOnlyList<string> EnvFiles { get; init; } = [];

    /// <summary>Options that say which rows were run, but for <c>--limit</c> and <c>--skip</c>; in the same form.</summary>
    public IReadOnlyList<string> Rows { get; init; } = [];

    /// <summary>So many rows were asked for at most; null = all.</summary>
    public long? Limit { get; init; }

    /// <summary>Whether this was a try on the first rows or on some of them, and on no others than any run has.</summary>
    public bool IsTrial { get; init; }

    public static JobLine Of(ParseResult parsed, string path, IReadOnlyList<string> set, long? limit) => new(path, set)
    {
        Kept = [.. Given(parsed, "--env-file", "--max-failures", "--progress")],
        EnvFiles = [.. Given(parsed, "--env-file").Where(static w => w != "--env-file")],
        Rows = [.. Given(parsed, "--only", "--sample", "--seed")],
        Limit = limit,
        IsTrial = Given(parsed, "--limit", "--sample").Any() && !Given(parsed, "--only", "--skip").Any(),
    };

    private static IEnumerable<string> Given(ParseResult parsed, params string[] names) => parsed.CommandResult.Command.Options
        .Where(o => names.Contains(o.Name) && parsed.GetResult(o) is { Implicit: false })
        .SelectMany(o => parsed.GetResult(o)!.Tokens.SelectMany(t => new[] { o.Name, t.Value }));
}
