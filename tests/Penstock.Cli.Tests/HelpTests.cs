using Penstock.Cli.Help;
using Penstock.Tests.Architecture;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>What the command says of itself.</summary>
public sealed class HelpTests
{
    [Fact]
    public void Top_TheCommand_IsOneScreenWithEveryVerb()
    {
        var root = PenstockCommand.Create();
        var lines = HelpScreen.Top(root).Split('\n')[..^1];
        Assert.True(lines.Length <= 24, $"{lines.Length} lines");
        Assert.All(lines, static l => Assert.True(l.Length <= 80, l));
        Assert.All(root.Subcommands, v => Assert.Single(lines, l => l.StartsWith($"  {v.Name} ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help run", "run --help")]
    [InlineData("help help", "help --help")]
    [InlineData("-h", "--help")]
    public async Task Help_Verb_IsWhatTheOptionPrints(string line, string same)
    {
        using var folder = new JobFolder();
        var end = (await RunningCommand.RunAsync(folder.Path, line.Split(' '))).Expect(0);
        Assert.NotEmpty(end.Output);
        Assert.Equal("", end.Errors);
        Assert.Equal((await RunningCommand.RunAsync(folder.Path, same.Split(' '))).Expect(0).Output, end.Output);
    }

    /// <summary>Who has the command from a package has no source to read in.</summary>
    [Fact]
    public async Task Help_PageOfTheGuide_IsThatPage()
    {
        Assert.Equal(["csv", "first-job", "job-file", "records"], GuidePages.Names);
        using var folder = new JobFolder();
        foreach (var page in GuidePages.Names)
        {
            var end = (await RunningCommand.RunAsync(folder.Path, "help", page)).Expect(0);
            Assert.Equal((await File.ReadAllTextAsync(Repository.PathOf("samples", "guide", page + ".md")), ""), (end.Output, end.Errors));
        }
    }

    [Theory]
    [InlineData("lnit job.yaml --connect", "there is no 'lnit'; did you mean 'lint'?\npenstock: see penstock --help")]
    [InlineData("help lnit", "there is no 'lnit'; did you mean 'lint'?\npenstock: see penstock --help")]
    [InlineData("help resume", "'resume' is not built yet; see penstock --help for what is")]
    [InlineData("help run lint", "'lint' is one argument too many; remove it, or quote what belongs together\npenstock: see penstock help --help")]
    public async Task Command_MistypedVerb_EndsWith64AndTheNearestOne(string line, string problem)
    {
        using var folder = new JobFolder();
        var end = (await RunningCommand.RunAsync(folder.Path, line.Split(' '))).Expect(64);
        Assert.Equal(("", $"penstock: {problem}\n"), (end.Output, end.Errors));
    }

    [Fact]
    public async Task RunHelp_ItsJobFile_RunsAsItIs()
    {
        using var folder = new JobFolder().Write("rows.csv", "a,b\n1,2\n3,4\n");
        var help = (await RunningCommand.RunAsync(folder.Path, "help", "run")).Expect(0).Output.Split('\n');
        var job = help.SkipWhile(static l => !l.Contains("A job file", StringComparison.Ordinal)).Skip(1).TakeWhile(static l => l.Trim().Length > 0);
        folder.Write("job.yaml", string.Join('\n', job));
        (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml")).Expect(0);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none")).Expect(0);
        Assert.Equal([0, 1], folder.Rows());
    }
}
