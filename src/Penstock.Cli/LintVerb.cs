using System.CommandLine;
using Penstock.Jobs;

namespace Penstock.Cli;

/// <summary><c>penstock lint JOB…</c>: reads only, and tells every problem, of this machine too.</summary>
internal static class LintVerb
{
    public static Command Create()
    {
        var jobs = new Argument<string[]>("JOB") { Description = "The job files.", Arity = ArgumentArity.OneOrMore };
        var verb = new Command("lint", "Tells everything that is wrong with job files, each problem with its place and remedy.\n\nExamples:\n  penstock lint job.yaml\n  penstock lint jobs/*.yaml") { jobs };
        verb.SetAction(parsed =>
        {
            var count = 0;
            foreach (var path in parsed.GetValue(jobs)!)
            {
                foreach (var problem in JobLint.Check(path))
                {
                    count++;
                    Messages.Write(problem.ToString());
                }
            }

            return count == 0 ? JobExitCode.Ok : JobExitCode.Config;
        });
        return verb;
    }
}
