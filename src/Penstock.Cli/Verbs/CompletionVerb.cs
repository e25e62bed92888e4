using System.CommandLine;
using Penstock.Cli.Help;
using Penstock.Jobs;

namespace Penstock.Cli.Verbs;

/// <summary><c>penstock completion SHELL</c>: prints a script that lets a shell complete the command's words.</summary>
internal static class CompletionVerb
{
    private enum Shell
    {
        Bash,
        Zsh,
        Fish,
    }

    /// <param name="root">The command whose words are completed; its verbs may come later.</param>
    public static Command Create(Command root)
    {
        var shell = new Argument<Shell>("SHELL") { Description = "bash, zsh or fish.", HelpName = "SHELL" };
        shell.Validators.Add(SharedOptions.RefuseNumber<Shell>);
        var verb = new Command("completion", "Prints a script that completes verbs and options in a shell.\n\nExamples:\n  source <(penstock completion bash)        # in ~/.bashrc\n  penstock completion zsh > ~/.zfunc/_penstock\n  penstock completion fish > ~/.config/fish/completions/penstock.fish") { shell };
        verb.SetAction(parsed =>
        {
            var words = CompletionWords.Of(root);
            Console.Out.Write(parsed.GetValue(shell) switch
            {
                Shell.Bash => CompletionScript.Bash(words),
                Shell.Zsh => CompletionScript.Zsh(words),
                _ => CompletionScript.Fish(words),
            });
            return JobExitCode.Ok;
        });
        return verb;
    }
}
