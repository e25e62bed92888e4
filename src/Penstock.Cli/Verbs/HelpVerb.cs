using System.CommandLine;
using Penstock.Cli.Help;
using Penstock.Jobs;

namespace Penstock.Cli.Verbs;

/// <summary><c>penstock help [VERB]</c>: what <c>--help</c> prints.</summary>
internal static class HelpVerb
{
    /// <param name="root">The command whose verbs it knows.</param>
    /// <param name="run">Runs a command line.</param>
    public static Command Create(Command root, Func<string[], Task<int>> run)
    {
        var verb = new Argument<string?>("VERB") { Description = $"The verb, or a page of the guide: {string.Join(", ", GuidePages.Names)}; without it the command itself.", Arity = ArgumentArity.ZeroOrOne };
        var help = new Command(HelpScreen.Verb, "Shows help, of one verb or of the command, or a page of the guide.\n\nExamples:\n  penstock help\n  penstock help run\n  penstock help job-file | less") { verb };

        // A word that is no verb is told as if it stood in the verb's place.
        help.SetAction((parsed, _) => parsed.GetValue(verb) is { } page && GuidePages.Names.Contains(page) ? Print(page) : run(parsed.GetValue(verb) switch
        {
            null => ["--help"],
            var given when root.Subcommands.Any(c => c.Name == given) => [given, "--help"],
            var given => [given],
        }));
        return help;
    }

    private static Task<int> Print(string page)
    {
        Console.Out.Write(GuidePages.Read(page));
        return Task.FromResult(JobExitCode.Ok);
    }
}
