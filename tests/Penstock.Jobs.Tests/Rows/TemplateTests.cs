using System.Text;
using System.Text.Json;
using Penstock.Jobs.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

/// <summary>The job's <c>call</c>, filled with rows.</summary>
public sealed class TemplateTests
{
    [Theory]
    [InlineData("\"{{x}}\"", "5", "5")]
    [InlineData("\"{{x}}\"", "1.50e2", "1.50e2")]
    [InlineData("\"{{x}}\"", "true", "true")]
    [InlineData("\"{{x}}\"", "null", "null")]
    [InlineData("\"{{x}}\"", "[1, {\"a\":2}]", "[1, {\"a\":2}]")]
    [InlineData("\"{{x}}\"", "\"a\\\"ø\"", "\"a\\\"ø\"")]
    [InlineData("\"{{ x }}\"", "5", "5")]
    [InlineData("\"n {{x}}\"", "5", "\"n 5\"")]
    [InlineData("\"n {{x}}\"", "null", "\"n \"")]
    [InlineData("\"n {{x}}\"", "true", "\"n true\"")]
    [InlineData("\"n {{x}}!\"", "\"a\\\"ø\\u00e9\"", "\"n a\\\"ø\\u00e9!\"")]
    [InlineData("\"{{x}}{{x}}\"", "{\"a\":\"b\"}", "\"{\\\"a\\\":\\\"b\\\"}{\\\"a\\\":\\\"b\\\"}\"")]
    [InlineData("\"a\\\"\\\\ø\\n\"", "5", "\"a\\\"\\\\ø\\n\"")]
    [InlineData("7", "5", "7")]
    [InlineData("\"7\"", "5", "\"7\"")]
    [InlineData("-1.5e3", "5", "-1.5e3")]
    [InlineData("True", "5", "true")]
    [InlineData("~", "5", "null")]
    [InlineData("!!str 12345", "5", "\"12345\"")]
    [InlineData("!!int \"5\"", "5", "5")]
    [InlineData("plain text", "5", "\"plain text\"")]
    [InlineData("2024-01-02", "5", "\"2024-01-02\"")]
    [InlineData("[1, \"{{x}}\", { b: \"{{x}}\" }]", "5", "[1,5,{\"b\":5}]")]
    public void Make_Value_FillsItsHoles(string value, string column, string expected)
    {
        var (problem, _, arguments, _) = Make($"tool: g/a, arguments: {{ v: {value} }}", $$"""{"x":{{column}},"y":0}""");
        Assert.Null(problem);
        Assert.Equal($$"""{"v":{{expected}}}""", arguments);
        JsonDocument.Parse(arguments).Dispose();
    }

    [Theory]
    [InlineData("tool: g/a, id: \"r-{{x}}\"", """{"x":7}""", "\"r-7\"", "", "g/a")]
    [InlineData("tool: g/a, id: \"{{x}}\"", """{"x":7}""", "\"7\"", "", "g/a")]
    [InlineData("tool: g/a, id: \"{{x}}\"", """{"x":"7\"ø"}""", "\"7\\\"ø\"", "", "g/a")]
    [InlineData("tool: g/a", """{}""", "", "", "g/a")]
    [InlineData("tool: \"g/{{x}}\"", """{"x":"b\u0063"}""", "", "", "g/bc")]
    [InlineData("tool: g/a, arguments: \"{{x}}\"", """{"x":{"a":1}}""", "", """{"a":1}""", "g/a")]
    [InlineData("tool: g/a, arguments: \"{{x}}\"", """{"x":1,"x":{}}""", "", "{}", "g/a")]
    public void Make_Row_IsItsCall(string call, string row, string id, string arguments, string tool) =>
        Assert.Equal((null, id, arguments, tool), Make(call, row));

    [Theory]
    [InlineData("tool: g/a, arguments: { q: \"{{y}}\" }", """{"x":1}""", "the row has no column 'y'")]
    [InlineData("tool: g/a, id: \"{{y}}\"", """{"x":1}""", "the row has no column 'y'")]
    [InlineData("tool: g/a, arguments: \"{{x}}\"", """{"x":[1]}""", "arguments must be an object")]
    [InlineData("tool: g/a, arguments: \"{{x}}\"", """{"x":null}""", "arguments must be an object")]
    [InlineData("tool: \"{{x}}\"", """{"x":"a"}""", "the tool is not of the form server/tool")]
    [InlineData("tool: g/a", "[1]", "the line is not a JSON object")]
    [InlineData("tool: \"{{x}}\"", """{"\ud800":1}""", "a name in the line holds half of a surrogate pair, which is no text; mend the input")]
    public void Make_RowThatDoesNotFit_SaysWhy(string call, string row, string problem) => Assert.Equal(problem, Make(call, row).Problem);

    [Fact]
    public void Make_BlockScalarOfOneColumn_IsTextWithItsLineBreak() =>
        Assert.Equal("""{"v":"5\n"}""", Make("tool: g/a, arguments: { v: \"{{x}}\\n\" }", """{"x":5}""").Arguments);

    [Theory]
    [InlineData("""{"x":null}""", "integer", false, "{}")]
    [InlineData("""{"x":""}""", "integer", false, "{}")]
    [InlineData("""{"x":null}""", "string", false, "{}")]
    [InlineData("""{"x":""}""", "string", false, """{"v":""}""")]
    [InlineData("""{"x":null}""", "integer", true, """{"v":null}""")]
    [InlineData("""{"x":""}""", "integer", true, null)]
    [InlineData("""{"x":null}""", "", false, """{"v":null}""")]
    [InlineData("""{"x":""}""", "", false, """{"v":""}""")]
    public void Fill_EmptyMemberOfJsonLines_IsLeftOutWhereNothingElseFits(string row, string type, bool isRequired, string? expected)
    {
        using var folder = new TempFolder();
        var template = Load(folder, "tool: g/a, arguments: { v: \"{{x}}\" }", "path: in.jsonl").Call!;
        using var toCall = new TemplateToCall(template, new JsonCells(template.Columns, null));
        var required = isRequired ? ",\"required\":[\"v\"]" : "";
        toCall.Bind(new Dictionary<string, ReadOnlyMemory<byte>> { ["g/a"] = type.Length == 0 ? default : Encoding.UTF8.GetBytes($$$"""{"properties":{"v":{"type":"{{{type}}}"}}{{{required}}}}""") });
        var problem = toCall.Make(0, Encoding.UTF8.GetBytes(row), out var call);
        Assert.Equal(expected, problem is null ? Encoding.UTF8.GetString(call.Arguments.Span) : null);
    }

    [Fact]
    public async Task MoveNext_Range_FillsNWithItsNumbers()
    {
        using var folder = new TempFolder();
        var template = Load(folder, "tool: g/a, id: \"r{{n}}\", arguments: { lone: \"{{n}}\", text: \"#{{n}}\" }", "range: 12").Call!;
        var source = new RangeSource(12, new TemplateToCall(template, new NumberCells()), static (_, _, _, _) => Assert.Fail("no bad row"), default);
        var arguments = new List<string>();
        while (await source.MoveNextAsync())
        {
            arguments.Add(Encoding.UTF8.GetString(source.Current.Arguments.Span));
        }

        source.Close();
        Assert.Equal(Enumerable.Range(0, 12).Select(static i => $$"""{"lone":{{i}},"text":"#{{i}}"}"""), arguments);
        Assert.Equal((12, 0), (source.Rows, source.CountRest(default)));
    }

    [Fact]
    public void Make_AnyRow_IsACallOfValidJsonOrAProblem() => Seeds.Check(3000, static random =>
    {
        var template = Shared.Value;
        using var toCall = new TemplateToCall(template, new JsonCells(template.Columns));
        byte[] row = [.. "{\"x\":"u8, .. random.Bytes(3), .. "}"u8];
        if (toCall.Make(0, row, out var call) is null)
        {
            using var document = JsonDocument.Parse(call.Arguments);
            Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
            JsonDocument.Parse(Encoding.UTF8.GetString(toCall.Id)).Dispose();
        }
    });

    private static readonly Lazy<CallTemplate> Shared = new(static () =>
    {
        using var folder = new TempFolder();
        return Load(folder, "tool: g/a, id: \"-{{x}}-\", arguments: { a: \"{{x}}\", b: \"<{{x}}>\", \"c\\\"\": [\"{{x}}\"] }", "path: x").Call!;
    });

    private static Job Load(TempFolder folder, string call, string input) => Job.Load(folder.Write(
        "job.yaml", $"version: 1\nservers: {{ g: {{ mock: {{}} }} }}\ninput: {{ {input} }}\noutput: {{ path: o }}\ncall: {{ {call} }}"));

    private static (string? Problem, string Id, string Arguments, string? Tool) Make(string call, string row)
    {
        using var folder = new TempFolder();
        var template = Load(folder, call, "path: x").Call!;
        using var toCall = new TemplateToCall(template, new JsonCells(template.Columns));
        var problem = toCall.Make(3, Encoding.UTF8.GetBytes(row), out var made);
        return (problem, Encoding.UTF8.GetString(toCall.Id), Encoding.UTF8.GetString(made.Arguments.Span), made.Tool);
    }
}
