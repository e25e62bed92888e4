using System.Text.RegularExpressions;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>
/// Pages of the guide that can be followed are run: a block after <c>&lt;!-- file: NAME --&gt;</c> is a file; in <c>sh</c> blocks a line after
/// <c>$ </c> is a command, what follows is its answer, in which <c>…</c> stands for anything.
/// </summary>
public sealed partial class GuideTests
{
    [Theory]
    [InlineData("first-job.md")]
    [InlineData("records.md")]
    public async Task Page_ItsCommands_AnswerAsItSays(string page)
    {
        var text = await File.ReadAllTextAsync(Checkout.PathOf("samples", "guide", page));
        using var folder = new JobFolder();
        foreach (Match file in FileBlock().Matches(text))
        {
            folder.Write(file.Groups[1].Value, file.Groups[2].Value);
        }

        var commands = ShellBlock().Matches(text).SelectMany(static b => Command().Matches(b.Groups[1].Value)).ToList();
        Assert.NotEmpty(commands);
        var path = Path.GetDirectoryName(RunningCommand.Path);
        foreach (var (line, answer) in commands.Select(static c => (c.Groups[1].Value, c.Groups[2].Value)))
        {
            using var shell = RunningCommand.StartProgram("bash", folder.Path, "-c", $"export LC_ALL=C PATH=\"{path}:$PATH\"; exec 2>&1 </dev/null; {line}");
            var end = await shell.EndAsync();
            Assert.Matches("^" + Regex.Escape(answer).Replace("…", ".*", StringComparison.Ordinal) + "$", end.Output);
        }
    }

    [GeneratedRegex("<!-- file: (.+) -->\n```.*\n((?:.*\n)*?)```\n")]
    private static partial Regex FileBlock();

    [GeneratedRegex("```sh\n((?:.*\n)*?)```\n")]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"^\$ (.+)\n((?:(?!\$ ).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Command();
}
