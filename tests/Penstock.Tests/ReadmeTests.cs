using System.Text.RegularExpressions;
using Penstock.Tests.Architecture;
using Xunit;

namespace Penstock.Tests;

/// <summary>
/// What the README and the guide say is true of the repository: their code compiles in a sample, links and commands lead somewhere, figures were measured.
/// </summary>
public sealed partial class ReadmeTests
{
    private static readonly string[] Readme = File.ReadAllLines(Repository.PathOf("README.md"));

    public static TheoryData<string> Pages { get; } =
        ["README.md", .. Directory.EnumerateFiles(Repository.PathOf("samples", "guide"), "*.md").Select(Repository.Short).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Code_EveryBlock_IsARegionOfASample(string page)
    {
        var regions = Repository.Sources("samples").SelectMany(static f => Regions(f.Lines)).ToHashSet(StringComparer.Ordinal);
        var blocks = Blocks(File.ReadAllLines(Repository.PathOf(page)), "csharp").ToList();

        Assert.True(page != "README.md" || blocks.Count > 0);
        Assert.All(blocks, block => Assert.True(
            regions.Contains(block), $"This code of {page} is in no '#region readme-…' of samples/; edit the sample first, then copy it here:\n{block}"));
    }

    [Fact]
    public void Commands_EveryPathInThem_Exists()
    {
        var commands = Blocks(Readme, "sh").SelectMany(static b => b.Split('\n')).Select(static l => l.Split('#')[0].Trim()).Where(static l => l.Length > 0).ToList();

        Assert.Contains("./test.sh", commands);
        Assert.All(commands, static command => Assert.All(
            command.Split(' ').Where(static w => w.Contains('/', StringComparison.Ordinal) && !w.StartsWith('-')),
            word => Assert.True(Path.Exists(Repository.PathOf(word)), $"'{word}' in '{command}' does not exist")));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_ToFilesOfTheRepository_Exist(string page) =>
        Assert.All(File.ReadAllLines(Repository.PathOf(page)).SelectMany(static l => Link().Matches(l)).Select(static m => m.Groups[1].Value), target =>
            Assert.True(
                target.Contains("://", StringComparison.Ordinal) || Path.Exists(Path.Combine(Path.GetDirectoryName(Repository.PathOf(page))!, target)),
                $"the link of {page} to '{target}' leads nowhere"));

    [Fact]
    public void Tables_EveryRow_WasMeasured()
    {
        var results = Repository.PathOf("perf", "results");
        var measured = Directory.Exists(results)
            ? Directory.EnumerateFiles(results, "*.md", SearchOption.AllDirectories).SelectMany(File.ReadLines).ToHashSet(StringComparer.Ordinal)
            : [];

        Assert.All(Readme.Where(static l => l.StartsWith('|')), row => Assert.True(measured.Contains(row), $"no file under perf/results holds this row:\n{row}"));
    }

    [GeneratedRegex(@"\]\(([^)#]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    private static IEnumerable<string> Blocks(IEnumerable<string> lines, string language) => Parts(lines, l => l == $"```{language}", static l => l == "```");

    private static IEnumerable<string> Regions(IEnumerable<string> lines) => Parts(
        lines,
        static l => l.TrimStart().StartsWith("#region readme-", StringComparison.Ordinal),
        static l => l.TrimStart().StartsWith("#endregion", StringComparison.Ordinal));

    /// <summary>The text between pairs of lines, without what all of it is indented by.</summary>
    private static IEnumerable<string> Parts(IEnumerable<string> lines, Func<string, bool> isStart, Func<string, bool> isEnd)
    {
        List<string>? part = null;
        foreach (var line in lines)
        {
            if (part is null)
            {
                part = isStart(line) ? [] : null;
            }
            else if (isEnd(line))
            {
                var indent = part.Where(static l => l.Length > 0).Select(static l => l.Length - l.TrimStart().Length).DefaultIfEmpty().Min();
                yield return string.Join('\n', part.Select(l => l.Length > indent ? l[indent..].TrimEnd() : "")).Trim('\n');
                part = null;
            }
            else
            {
                part.Add(line);
            }
        }
    }
}
