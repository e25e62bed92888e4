using System.CommandLine;
using Penstock.Cli.Servers;
using Penstock.Cli.Streams;
using Penstock.Jobs;
using Penstock.Testing;

namespace Penstock.Cli.Verbs;

/// <summary><c>penstock lint JOB…</c>: tells every problem, of this machine too, and with <c>--connect</c> of the servers.</summary>
internal static class LintVerb
{
    public static Command Create()
    {
        var jobs = new Argument<string[]>("JOB") { Description = "The job files.", Arity = ArgumentArity.OneOrMore };
        var connect = new Option<bool>("--connect") { Description = "Starts the servers too, and stops them again: tells which do not start, whether the tool is there, and whether its arguments fit. Calls nothing." };
        var set = SharedOptions.Set();
        var verb = new Command("lint", "Tells all that is wrong with job files, with places and remedies. Starts nothing without --connect.\n\nExamples:\n  penstock lint job.yaml\n  penstock lint jobs/*.yaml\n  penstock lint job.yaml --connect") { jobs, connect, set };
        verb.SetAction((parsed, _) => RunAsync(parsed.GetValue(jobs)!, parsed.GetValue(set), parsed.GetValue(connect)));
        return verb;
    }

    private static async Task<int> RunAsync(string[] paths, string[]? overrides, bool connects)
    {
        using var signals = connects ? new StopSignals() : null;
        var count = 0;
        foreach (var path in paths)
        {
            var problems = signals is null
                ? JobLint.Check(path, overrides, MockServer.ReadyMade)
                : await JobLint.ConnectAsync(path, overrides, new JobRunOptions { MockCommand = OwnCommand.Line }, signals.Stop).ConfigureAwait(false);
            if (problems.Count == 0 && !Console.IsErrorRedirected)
            {
                Messages.Write($"{path}: no problems{(connects ? "" : "; --connect asks the servers for the tool and its arguments, too")}");
            }

            foreach (var problem in problems)
            {
                count++;
                Messages.Write(problem.ToString());
            }
        }

        return count == 0 ? JobExitCode.Ok : JobExitCode.Config;
    }
}
