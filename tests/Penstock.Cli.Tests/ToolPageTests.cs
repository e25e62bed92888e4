using System.Text;
using Penstock.Cli.Servers;
using Penstock.Cli.Text;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary><c>penstock tools SERVER/TOOL</c>, and how text is laid out for it.</summary>
public sealed class ToolPageTests
{
    private const string Schema =
        """
        {
          "type": "object",
          "$defs": { "Size": { "enum": ["small", "large"] }, "Self": { "$ref": "#/$defs/Self" } },
          "properties": {
            "limit": { "type": "integer", "default": 10, "description": "Most results." },
            "q": { "type": "string", "description": "What to look for, the name of a place, of a street, or a post code." },
            "size": { "$ref": "#/$defs/Size" },
            "lang": { "anyOf": [{ "type": "string" }, { "type": "null" }], "default": null },
            "tags": { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            "at": { "type": "object", "properties": { "lat": { "type": "number", "minimum": 40 }, "more": {} }, "required": ["lat"] },
            "self": { "$ref": "#/$defs/Self" }
          },
          "required": ["q", "size", "tags", "at"]
        }
        """;

    private static readonly ToolDescription Geocode = Tool(Schema) with { Description = "Finds places.\n\n- one\n- two", IsReadOnly = true };

    [Fact]
    public void Of_WideTerminal_IsATableAndTwoThingsToCopy() => Assert.Equal(
        """
        geo/geocode   read-only

        Finds places.

        - one
        - two

        ARGUMENT  TYPE             REQUIRED  DEFAULT  VALUES        DESCRIPTION
        q         string           yes                              What to look for, the name of a place, of a street, or
                                                                    a post code.
        size      string           yes                small, large
        tags      array of string  yes
        at        object           yes
        limit     integer          no        10                     Most results.
        lang      string or null   no        null
        self      any              no

        In a job file, with the input's columns in the braces:

        call:
          tool: geo/geocode
          arguments:
            q: "{{q}}"
            size: "{{size}}"
            tags: "{{tags}}"
            at: "{{at}}"
            # limit: "{{limit}}"   # optional
            # lang: "{{lang}}"   # optional
            # self: "{{self}}"   # optional

        One call:

        penstock call geo/geocode '{"q":"text","size":"small","tags":["text"],"at":{"lat":40}}' --servers mcp.json

        """,
        ToolPage.Of("geo", Geocode, "--servers mcp.json", 115));

    [Fact]
    public void Of_NarrowTerminal_PutsDescriptionsBelow()
    {
        var lines = ToolPage.Of("geo", Geocode, "--servers mcp.json", 75).Split('\n');
        Assert.Contains("ARGUMENT  TYPE             REQUIRED  DEFAULT  VALUES", lines);
        Assert.Contains("    What to look for, the name of a place, of a street, or a post code.", lines);
        Assert.All(lines.TakeWhile(static l => !l.StartsWith("In a job file", StringComparison.Ordinal)), static l => Assert.True(l.Length <= 75, l));
    }

    [Fact]
    public void Of_OutputSchema_ListsThePointersOfItsMembers() => Assert.Contains(
        """

        What it answers, as pointers for append in a job's output:

        POINTER                    TYPE     VALUES         DESCRIPTION
        /structuredContent/lat     number                  North is positive.
        /structuredContent/km~1h   any
        /structuredContent/a~0b    integer
        /structuredContent/source  string   osm, geonames

        In a job file,
        """,
        ToolPage.Of(
            "geo",
            Geocode with
            {
                OutputSchema = Encoding.UTF8.GetBytes("""{"properties":{"lat":{"type":"number","description":"North is positive."},"km/h":{},"a~b":{"type":"integer"},"source":{"enum":["osm","geonames"]}},"required":["lat"]}"""),
            },
            "--servers mcp.json",
            100),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"type\":\"object\"}")]
    [InlineData("{\"properties\":7,\"required\":{}}")]
    [InlineData("{\"$ref\":\"#/a/b\",\"a\":5}")]
    [InlineData("{\"$ref\":\"#\",\"anyOf\":[{\"$ref\":\"#\"}]}")]
    public void Of_SchemaWithoutArguments_SaysSo(string schema)
    {
        var page = ToolPage.Of("geo", Tool(schema), "--server x", 80);
        Assert.Contains("\nIts schema names no arguments.\n", page, StringComparison.Ordinal);
        Assert.Contains("  arguments: {}\n", page, StringComparison.Ordinal);
        Assert.EndsWith("\npenstock call geo/geocode --server x\n", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"properties\":{\"a\":5,\"b\":{\"type\":[]},\"c\":{\"enum\":[]}},\"required\":[\"a\",\"b\",\"c\",\"d\",1]}", "{\"a\":\"text\",\"b\":\"text\",\"c\":\"text\"}")]
    [InlineData("{\"properties\":{\"a\":{\"properties\":{\"b\":{\"$ref\":\"#\"}},\"required\":[\"b\"]}},\"required\":[\"a\"]}", "{\"a\":{\"b\":{\"a\":{\"b\":{\"a\":{\"b\":{}}}}}}}")]
    [InlineData("{\"properties\":{\"it's\":{\"const\":\"it's\"}},\"required\":[\"it's\"]}", "{\"it\\u0027s\":\"it\\u0027s\"}")]
    [InlineData("{\"properties\":{\"a\":{\"type\":\"integer\",\"maximum\":-3},\"b\":{\"type\":\"number\",\"minimum\":1e99},\"c\":{\"type\":\"boolean\"}},\"required\":[\"a\",\"b\",\"c\"]}", "{\"a\":-3,\"b\":1,\"c\":true}")]
    public void Of_OddSchema_StillMakesACall(string schema, string arguments) =>
        Assert.EndsWith($"\npenstock call geo/geocode '{arguments}' --server x\n", ToolPage.Of("geo", Tool(schema), "--server x", 80), StringComparison.Ordinal);

    /// <summary>Written out, its types would be more than a million million.</summary>
    [Fact]
    public void Of_AlternativesThatReferToEachOther_EndsSoon()
    {
        var branches = string.Join(',', Enumerable.Repeat("{\"$ref\":\"#/properties/a\"}", 200));
        var members = string.Join(',', Enumerable.Range(0, 200).Select(static i => $"\"m{i}\":{{\"$ref\":\"#/properties/b\"}}"));
        var names = string.Join(',', Enumerable.Range(0, 200).Select(static i => $"\"m{i}\""));
        var schema = $"{{\"properties\":{{\"a\":{{\"anyOf\":[{branches}]}},\"b\":{{\"properties\":{{{members}}},\"required\":[{names}]}}}},\"required\":[\"a\",\"b\"]}}";
        Assert.Contains("\nb         object  yes\n", ToolPage.Of("geo", Tool(schema), "--server x", 80), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"properties":{"a":{"default":"\ud800"}},"required":["a"]}""")]
    [InlineData("""{"properties":{"\ud800":{}},"required":["\ud800"]}""")]
    [InlineData("""{"properties":{"a":{"type":"\ud800"}},"required":["a"]}""")]
    public void Of_HalvesOfCharacters_StillIsAPage(string schema)
    {
        var page = ToolPage.Of("geo", Tool(schema), "--server x", 80);
        Assert.EndsWith(" --server x\n", page, StringComparison.Ordinal);
        Assert.Contains("ARGUMENT", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":"\ud83d\ude00","b":"\\ud800"}""", """{"a":"\ud83d\ude00","b":"\\ud800"}""")]
    [InlineData("""{"a":"\ud800x","b":"\\\uDC00","c":"\udc00\ud83d\ude00\uD83D"}""", """{"a":"\uFFFDx","b":"\\\uFFFD","c":"\uFFFD\ud83d\ude00\uFFFD"}""")]
    public void Parse_HalvesOfCharacters_AreReplaced(string schema, string expected)
    {
        using var document = SchemaWords.Parse(Encoding.UTF8.GetBytes(schema));
        Assert.Equal(expected, document.RootElement.GetRawText());
    }

    /// <summary>Written out, its type would be more than a million million words.</summary>
    [Fact]
    public void Of_ItemsThatReferToThemselves_EndsSoon()
    {
        var types = string.Join(',', Enumerable.Repeat("\"array\"", 40));
        var page = ToolPage.Of("geo", Tool($"{{\"properties\":{{\"a\":{{\"type\":[{types}],\"items\":{{\"$ref\":\"#/properties/a\"}}}}}}}}"), "--server x", 80);
        Assert.Contains("a         array of array of", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_AnyWidth_LosesNoWord()
    {
        List<string[]> rows = [["NAME", "SAYS"], ["a", "one two three 漢字漢字漢字 four 🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂 five"], ["b", ""]];
        for (var width = 1; width < 90; width++)
        {
            var table = TextColumns.Table(rows, whole: 1, width);
            Assert.Equal("NAME" + (width < 36 ? "" : "SAYS") + "aonetwothree漢字漢字漢字four🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂fiveb", string.Concat(table.Where(static c => c is not (' ' or '\n'))));
            Assert.DoesNotContain(" \n", table, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Of_Properties_SayWhatInitWritesOfThem() => Assert.Equal(
        ["string: What to look for, the name of a place, of a street, or a post code.", "one of small, large", "array of string"],
        ToolArgument.Of(Geocode.InputSchema).Take(3).Select(static a => a.Says));

    [Theory]
    [InlineData("add", "--server", "M")]
    [InlineData("mock/add", "--server", "M")]
    [InlineData("m/add", "--servers", "mcp.json")]
    public async Task Tools_Tool_PrintsAPageWhoseCallAndSnippetWork(string asked, string option, string value)
    {
        value = value == "M" ? $"'{RunningCommand.Path}' mock" : value;
        using var folder = new JobFolder().Write("rows.csv", "a,b\n1,2\n").Write("mcp.json", """{"mcpServers":{"m":{"mock":{}},"n":{"mock":{}}}}""");
        var page = (await RunningCommand.RunAsync(folder.Path, "tools", asked, option, value)).Expect(0).Output;

        using var shell = RunningCommand.StartProgram("bash", folder.Path, "-c", $"PATH=\"{Path.GetDirectoryName(RunningCommand.Path)}:$PATH\"; {page.TrimEnd().Split('\n')[^1]}");
        Assert.Equal("2\n", (await shell.EndAsync()).Expect(0).Output);

        var name = asked.StartsWith('m') ? asked.Split('/')[0] : "mock";
        var call = page[page.IndexOf("call:\n", StringComparison.Ordinal)..page.IndexOf("\nOne call:", StringComparison.Ordinal)];
        folder.Write("job.yaml", $"version: 1\nservers: {{ {name}: {{ mock: {{}} }} }}\ninput: {{ path: rows.csv }}\noutput: {{ path: out.jsonl }}\n{call}");
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none")).Expect(0);
    }

    [Theory]
    [InlineData("m/ad", "server 'm' has no tool 'ad'; did you mean 'add'? it has: echo, add, sleep, fail")]
    [InlineData("add", "mcp.json has no server 'add'; it has: m, n; a tool is written as server/tool")]
    [InlineData("zzz/add", "mcp.json has no server 'zzz'; it has: m, n")]
    public async Task Tools_ToolThatIsNotThere_EndsWith64AndSaysWhatIs(string asked, string problem)
    {
        using var folder = new JobFolder().Write("mcp.json", """{"mcpServers":{"m":{"mock":{}},"n":{"mock":{}}}}""");
        Assert.Equal($"penstock: {problem}\n", (await RunningCommand.RunAsync(folder.Path, "tools", asked, "--servers", "mcp.json")).Expect(64).Errors);
    }

    [Fact]
    public async Task Tools_OnATerminal_BreaksDescriptionsToItsWidth()
    {
        using var folder = new JobFolder().Write("mcp.json", """{"mcpServers":{"m":{"mock":{}}}}""");
        using var script = RunningCommand.StartProgram("script", folder.Path, "-qec", $"stty cols 50; '{RunningCommand.Path}' tools --servers mcp.json", "/dev/null");
        var lines = (await script.EndAsync()).Expect(0).Output.Replace("\r", "", StringComparison.Ordinal).Split('\n');
        Assert.All(lines, static l => Assert.True(l.Length <= 50, l));
        Assert.Contains("    Answers with the message, or with all", lines);
    }

    private static ToolDescription Tool(string schema) => new() { Name = "geocode", InputSchema = Encoding.UTF8.GetBytes(schema) };
}
