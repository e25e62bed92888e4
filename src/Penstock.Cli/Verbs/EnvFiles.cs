using System.CommandLine;
using Penstock.Jobs;
using Penstock.Jobs.Config;

namespace Penstock.Cli.Verbs;

/// <summary><c>--env-file FILE</c>: variables for <c>${env:NAME}</c>. What the environment has already wins, as with docker compose.</summary>
internal static class EnvFiles
{
    private const string Name = "--env-file";

    public static Option<string[]> Option() => new(Name)
    {
        Description = "Reads variables for ${env:NAME} from a file of KEY=value lines; what is set in the environment wins. May be given again: the last wins.",
        HelpName = "FILE",
        DefaultValueFactory = static _ => [],
    };

    /// <summary>The files that a command line names.</summary>
    public static string[] Given(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.FirstOrDefault(static o => o.Name == Name) is Option<string[]> option ? parsed.GetValue(option) ?? [] : [];

    /// <summary>Sets the variables of the files that a command line names, in this process: what ${env:NAME} reads. Servers get none of them unasked.</summary>
    /// <exception cref="JobException">A file cannot be read, or has a line that is none; the exception lists all of them.</exception>
    public static void Apply(ParseResult parsed)
    {
        var problems = new ProblemList();
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Given(parsed))
        {
            foreach (var (key, value) in EnvFile.Read(file, problems))
            {
                values[key] = value;
            }
        }

        if (problems.Count > 0)
        {
            throw new JobException(JobExitCode.Config, [.. problems.All.Select(static p => p.ToString())]);
        }

        foreach (var (key, value) in values.Where(static v => Environment.GetEnvironmentVariable(v.Key) is null))
        {
            Environment.SetEnvironmentVariable(key, value);
        }
    }
}
