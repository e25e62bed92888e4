using Xunit;

namespace Penstock.Jobs.Tests.Config;

/// <summary>The tables of keys in <c>samples/guide/job-file.md</c> are those of the schema. <c>PENSTOCK_APPROVE=1</c> rewrites them.</summary>
public sealed class JobFileGuideTests
{
    [Theory]
    [InlineData("")]
    [InlineData("server")]
    [InlineData("input")]
    [InlineData("call")]
    public void Table_OfTheGuide_IsThatOfTheSchema(string section)
    {
        var path = Guide.PathOf("guide", "job-file.md");
        var text = File.ReadAllText(path);
        var start = $"<!-- keys{(section.Length > 0 ? " of " : "")}{section}, from the schema -->\n";
        const string End = "<!-- end of keys -->\n";
        var from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        var to = text.IndexOf(End, from, StringComparison.Ordinal);
        Assert.True(from > start.Length && to > from, $"{path} has no '{start.Trim()}'");
        var table = Table(section);
        if (Environment.GetEnvironmentVariable("PENSTOCK_APPROVE") == "1" && text[from..to] != table)
        {
            File.WriteAllText(path, text[..from] + table + text[to..]);
            return;
        }

        Assert.Equal(table, text[from..to]);
    }

    /// <summary>Links mean something in the guide alone: editors show the schema's words as they are.</summary>
    private static string Link(string section, string key) => (section, key) switch
    {
        ("", "output.append") => ", [below](#the-input-with-more-columns)",
        ("server", "validate") => ", [below](#checks-before-a-call)",
        _ => "",
    };

    private static string Table(string section)
    {
        var rows = SchemaKeys.Section(section).Select(k => $"| `{k.Path}` | {k.Key.Default} | {k.Key.Description}{(k.Key.Range.Length > 0 ? ", " : "")}{k.Key.Range}{Link(section, k.Path)} |");
        var title = section.Length > 0 ? $"key of {(section == "server" ? "a server" : $"`{section}`")}" : "key";
        return string.Join('\n', [$"| {title} | default | what it is |", "| --- | --- | --- |", .. rows]) + "\n";
    }
}
