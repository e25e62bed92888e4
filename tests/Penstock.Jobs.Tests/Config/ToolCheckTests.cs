using System.Text;
using Penstock.Jobs.Config;
using Xunit;

namespace Penstock.Jobs.Tests.Config;

/// <summary>A job's tool and template against what a server lists: sure problems are told with their places, all else is left to the rows.</summary>
public sealed class ToolCheckTests : IDisposable
{
    private const string Geocode = """
        {"type":"object","properties":{
        "city":{"type":"string"},"limit":{"type":"integer"},"near":{"type":["object","null"]},"exact":{"type":"boolean","nullable":true},
        "scale":{"type":"number"},"any":{"enum":[1]},"way":{"$ref":"#/x"}},"required":["city"],"additionalProperties":false}
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_ToolIsNotThere_NamesTheNearestAndSomeOfAll()
    {
        Assert.Equal(
            ["4:15: call.tool: server 'geo' has no tool 'geocod'; did you mean 'geocode'? It has: geocode, reverse"],
            Problems("geo/geocod", "{ city: Oslo }", Tool("geocode", Geocode), Tool("reverse", "{}")));
        var many = Enumerable.Range(0, 23).Select(static i => Tool($"t{i:00}", "{}")).ToArray();
        Assert.EndsWith("; it has: t00, t01, t02, t03, t04, t05, t06, t07, t08, t09, t10, t11, t12, t13, t14, t15, t16, t17, t18, t19, and 3 more", Problems("geo/geocod", "{}", many)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ToolIsATask_SaysSo() =>
        Assert.Equal(
            ["4:15: call.tool: 'geocode' can only be run as a task, which is not supported; use another tool"],
            Problems("geo/geocode", "{}", Tool("geocode", "{}") with { RequiresTask = true }));

    [Fact]
    public void Run_RequiredIsMistyped_IsOneProblemThatNamesTheOther() =>
        Assert.Equal(
            ["4:39: call.arguments: geocode requires 'city' (string); did you mean it by 'ciyt' (4:41)?"],
            Problems("{ ciyt: \"{{c}}\" }"));

    [Fact]
    public void Run_RequiredIsMissing_IsToldAlsoWithoutAnyArguments()
    {
        Assert.Equal(["4:39: call.arguments: geocode requires 'city' (string); add it"], Problems("{ limit: 1 }"));
        Assert.Equal(["4:7: call: geocode requires 'city' (string); add it"], Problems(null));
        Assert.Equal(["4:7: call: t requires 'x'; add it"], Problems("geo/t", null, Tool("t", """{"required":["x"]}""")));
    }

    [Fact]
    public void Run_UnknownArgument_IsAProblemOfClosedSchemasOnly()
    {
        Assert.Equal(
            [
                "4:53: call.arguments.limt: geocode takes no 'limt'; did you mean 'limit'? It has: limit, near, exact, scale, any, way",
                "4:62: call.arguments.other: geocode takes no 'other'; it has: limit, near, exact, scale, any, way",
            ],
            Problems("{ city: Oslo, limt: 1, other: 2 }"));
        string[] open =
        [
            """{"properties":{"city":{}},"required":["city"]}""",
            """{"properties":{"city":{}},"additionalProperties":{}}""",
            """{"properties":{"city":{}},"additionalProperties":false,"patternProperties":{"^l":{}}}""",
            """{"properties":{"city":{}},"additionalProperties":false,"allOf":[{"properties":{"limt":{}}}]}""",
        ];
        Assert.All(open, schema => Assert.Empty(Problems("geo/t", "{ city: Oslo, limt: 1 }", Tool("t", schema))));
        Assert.Equal(["4:35: call.arguments.x: t takes no 'x'; remove it"], Problems("geo/t", "{ x: 1 }", Tool("t", """{"additionalProperties":false}""")));
    }

    [Theory]
    [InlineData("limit: '1'", "integer, and this is string; write it without quotes, or as one \"{{column}}\" alone, which takes the type that is asked for")]
    [InlineData("limit: \"{{a}}0\"", "integer, and this is string; write it without quotes, or as one \"{{column}}\" alone, which takes the type that is asked for")]
    [InlineData("limit: 1.5", "integer, and this is number; give a value of that type")]
    [InlineData("limit: null", "integer, and this is null; give a value of that type")]
    [InlineData("limit: [1]", "integer, and this is array; give a value of that type")]
    [InlineData("near: true", "object or null, and this is boolean; give a value of that type")]
    [InlineData("exact: 1", "boolean or null, and this is integer; give a value of that type")]
    [InlineData("scale: { a: 1 }", "number, and this is object; give a value of that type")]
    public void Run_ConstantOfAnotherType_IsToldWithBothTypes(string argument, string told)
    {
        var key = argument[..argument.IndexOf(':', StringComparison.Ordinal)];
        var at = 39 + "{ city: Oslo, ".Length + key.Length + 2;
        Assert.Equal([$"4:{at}: call.arguments.{key}: geocode asks for {told}"], Problems($"{{ city: Oslo, {argument} }}"));
    }

    [Theory]
    [InlineData("{ city: \"{{c}}\", limit: \"{{n}}\", near: \"{{o}}\", exact: \"{{e}}\" }")]
    [InlineData("{ city: \"{{c}}, Norway\", limit: 1, near: null, exact: null, scale: 1, any: 7, way: [] }")]
    [InlineData("{ city: '1', limit: 1.0, near: { a: \"{{c}}\" }, exact: true, scale: 1.5 }")]
    [InlineData("{ city: x, limit: 1e2, scale: 1e999 }")]
    [InlineData("\"{{whole}}\"")]
    public void Run_TemplateFits_SaysNothing(string arguments) => Assert.Empty(Problems(arguments));

    [Theory]
    [InlineData("""{"$ref":"#/$defs/a","required":["x"],"$defs":{"a":{}}}""")]
    [InlineData("""{"properties":{"city":{"$ref":"#/x","type":"integer"}}}""")]
    [InlineData("""{"properties":{"city":{"type":["integer","word of another time"]}}}""")]
    [InlineData("""{"properties":{"city":{"anyOf":[{"type":"integer"}]}}}""")]
    [InlineData("""{"properties":[],"required":"city2"}""")]
    [InlineData("""{"properties":{"city":true},"required":[1,null]}""")]
    [InlineData("""{"properties":{"\ud800":{}},"required":["x"]}""")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("")]
    public void Run_SchemaIsNotSurelyRead_SaysNothing(string schema) =>
        Assert.Empty(Problems("geo/t", "{ city: Oslo }", Tool("t", schema)));

    [Fact]
    public void Run_NothingIsKnown_SaysNothing()
    {
        Assert.Empty(Problems("geo/geocod", "{}"));
        Assert.Empty(Problems("'geo/{{t}}'", "{}", Tool("geocode", Geocode)));
        Assert.Empty(Problems(Job("geo/geocode", "{}", "validate: false"), [Tool("geocode", Geocode)]));
        Assert.Single(Problems(Job("geo/none", "{}", "validate: false"), [Tool("geocode", Geocode)]));
    }

    [Fact]
    public void Run_ValueOfTheCommandLine_IsPlacedThere() =>
        Assert.Equal(
            ["--set call.arguments.limit: geocode asks for integer, and this is boolean; give a value of that type"],
            Problems(Job("geo/geocode", "{ city: Oslo }"), [Tool("geocode", Geocode)], "call.arguments.limit=true"));

    private static ToolDescription Tool(string name, string schema) => new() { Name = name, InputSchema = Encoding.UTF8.GetBytes(schema) };

    private static string Job(string tool, string? arguments, string server = "mock: {}") => $$"""
        version: 1
        servers: { geo: { {{(server.StartsWith("mock", StringComparison.Ordinal) ? server : $"mock: {{}}, {server}")}} } }
        input: { path: in.jsonl }
        call: { tool: {{tool}}{{(arguments is null ? "" : $", arguments: {arguments}")}} }
        output: { path: out.jsonl }
        """;

    private List<string> Problems(string? arguments) => Problems("geo/geocode", arguments, Tool("geocode", Geocode));

    private List<string> Problems(string tool, string? arguments, params ToolDescription[] tools) => Problems(Job(tool, arguments), tools);

    private List<string> Problems(string text, ToolDescription[] tools, params string[] overrides)
    {
        var path = _folder.Write("job.yaml", text);
        var problems = new ProblemList();
        new ToolCheck(Penstock.Jobs.Job.Load(path, overrides), problems).Run(server => server.Name == "geo" ? tools : []);
        return [.. problems.All.Select(p => p.ToString().Replace(path + ":", "", StringComparison.Ordinal))];
    }
}
