using Penstock.Tests.Architecture;
using Xunit;

namespace Penstock.Tests;

/// <summary>The public surface changes only on purpose: what it is stands in <c>PublicApi.approved.txt</c>, and a change shows in the review.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void PublicSurface_IsTheApprovedOne()
    {
        var path = Repository.PathOf("tests", "Penstock.Tests", "PublicApi.approved.txt");
        var actual = PublicApi.List(typeof(ToolPipeline).Assembly);
        if (Environment.GetEnvironmentVariable("PENSTOCK_APPROVE") == "1")
        {
            File.WriteAllText(path, actual);
        }

        var approved = File.Exists(path) ? File.ReadAllText(path) : "";
        var difference = Difference(approved, actual);
        Assert.True(
            difference.Length == 0,
            $"""
            The public surface of Penstock is not the approved one (- approved, + now):
            {difference}
            If that is what you want, say so in src/CHANGELOG.md and approve it: PENSTOCK_APPROVE=1 dotnet test tests/Penstock.Tests --filter PublicApiTests
            """);
    }

    [Fact]
    public void Difference_LineMovedToAnotherType_ShowsBoth() =>
        Assert.Equal("- class A: int X { get; }\n+ class B: int X { get; }", Difference("class A\n    int X { get; }\nclass B\n", "class A\nclass B\n    int X { get; }\n"));

    private static string Difference(string approved, string actual)
    {
        var before = Lines(approved);
        var after = Lines(actual);
        return string.Join('\n', before.Except(after).Select(static l => $"- {l}").Concat(after.Except(before).Select(static l => $"+ {l}")));
    }

    /// <summary>Each line with the type that it belongs to, so that the order of lines says nothing.</summary>
    private static List<string> Lines(string text)
    {
        var lines = new List<string>();
        var type = "";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith(' '))
            {
                lines.Add($"{type}: {line.Trim()}");
            }
            else
            {
                type = line.TrimEnd();
                lines.Add(type);
            }
        }

        return lines;
    }
}
