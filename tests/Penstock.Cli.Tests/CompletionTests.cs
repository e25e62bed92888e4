using Penstock.Cli.Help;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>What shells offer after the tab key.</summary>
public sealed class CompletionTests
{
    /// <summary>Sources the script and completes the last of the words that follow.</summary>
    private const string Complete = """
        source "./$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
        _penstock; printf '%s\n' "${COMPREPLY[@]}"
        """;

    [Theory]
    [InlineData("run lint tools call mock init schema completion help --help --version", "penstock", "")]
    [InlineData("run", "penstock", "r")]
    [InlineData("--limit", "penstock", "run", "job.yaml", "--li")]
    [InlineData("--sample --set --seed --skip", "penstock", "run", "--s")]
    [InlineData("live plain", "penstock", "run", "job.yaml", "--progress", "", "auto json none")]
    [InlineData("plain", "penstock", "run", "job.yaml", "--progress", "p")]
    [InlineData("job.yaml", "penstock", "run", "jo")]
    [InlineData("my report.json", "penstock", "run", "job.yaml", "--report", "my")]
    [InlineData("bash zsh fish", "penstock", "completion", "")]
    [InlineData("lint", "penstock", "help", "l")]
    [InlineData("modern", "penstock", "mock", "--era", "m")]
    [InlineData("", "penstock", "run", "job.yaml", "--limit", "1")]
    [InlineData("", "penstock", "mock", "x")]
    public async Task Bash_Words_AreCompleted(string expected, params string[] words)
    {
        using var folder = new JobFolder().WriteEchoJob(1).Write("my report.json", "{}");
        if (words[^1].Contains(' ', StringComparison.Ordinal))
        {
            // What stands behind the empty word is expected besides.
            expected += " " + words[^1];
            words = words[..^1];
        }

        await File.WriteAllTextAsync(folder.Of("script"), (await RunningCommand.RunAsync(folder.Path, "completion", "bash")).Expect(0).Output);
        using var bash = RunningCommand.StartProgram("bash", folder.Path, ["-c", Complete, "bash", "script", .. words]);
        var end = (await bash.EndAsync()).Expect(0);
        Assert.Equal("", end.Errors);
        var given = end.Output.TrimEnd('\n');
        if (expected.Contains(".json", StringComparison.Ordinal))
        {
            Assert.Equal(expected, given);
        }
        else
        {
            Assert.Equal(Sorted(expected), Sorted(given.Replace('\n', ' ')));
        }
    }

    [Fact]
    public void Scripts_EveryVerbAndOption_IsInEach()
    {
        var words = CompletionWords.Of(PenstockCommand.Create());
        string[] scripts = [CompletionScript.Bash(words), CompletionScript.Zsh(words), CompletionScript.Fish(words)];
        foreach (var verb in words)
        {
            Assert.All(scripts, s => Assert.Contains(verb.Name, s, StringComparison.Ordinal));
            Assert.All(verb.Options, o => Assert.All(scripts, s => Assert.Contains(o.Name[2..], s, StringComparison.Ordinal)));
        }

        Assert.Contains("'*--progress[", scripts[1], StringComparison.Ordinal);
        Assert.Contains("(auto live plain json none)'", scripts[1], StringComparison.Ordinal);
        Assert.Contains("-l progress -d ", scripts[2], StringComparison.Ordinal);
        Assert.Contains(" -r -a 'auto live plain json none'\n", scripts[2], StringComparison.Ordinal);
        Assert.Contains("from run' -F\n", scripts[2], StringComparison.Ordinal);
    }

    private static IEnumerable<string> Sorted(string words) => words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
}
