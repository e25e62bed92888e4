using System.Text;
using Penstock.Jobs.Rows;
using Penstock.Jobs.Tests.Fakes;

namespace Penstock.Jobs.Tests.Rows;

public sealed class TemplateTests
{
    [Theory]
    [InlineData("{ q: \"{{s}}\" }", """{"s":"a\"b\u00e9"}""", """{"q":"a\"b\u00e9"}""")]
    [InlineData("{ q: \"<{{s}}>\" }", """{"s":"a\"b\u00e9"}""", """{"q":"<a\"b\u00e9>"}""")]
    [InlineData("{ q: \"{{ n }}\" }", """{"n":1.50}""", """{"q":1.50}""")]
    [InlineData("{ q: \"{{n}}, {{n}}\" }", """{"n":-2}""", """{"q":"-2, -2"}""")]
    [InlineData("{ q: \"{{o}}\" }", """{"o":{"a": [1,"x"]}}""", """{"q":{"a": [1,"x"]}}""")]
    [InlineData("{ q: \"o={{o}}\" }", """{"o":{"a":"x"}}""", """{"q":"o={\"a\":\"x\"}"}""")]
    [InlineData("{ q: \"{{z}}\" }", """{"z":null}""", """{"q":null}""")]
    [InlineData("{ q: \"[{{z}}]\" }", """{"z":null}""", """{"q":"[]"}""")]
    [InlineData("{ q: \"{{t}}\", r: \"{{t}}!\" }", """{"t":true}""", """{"q":true,"r":"true!"}""")]
    [InlineData("\"{{all}}\"", """{"all":{"x":1}}""", """{"x":1}""")]
    [InlineData("{ l: [1, \"{{n}}\", { k: ~ }], b: true, f: 1e3, s: yes, d: '1' }", """{"n":2}""", """{"l":[1,2,{"k":null}],"b":true,"f":1e3,"s":"yes","d":"1"}""")]
    [InlineData("{ q: \"{{n}}\" }", """{"n":1,"n":2}""", """{"q":2}""")]
    [InlineData("{ q: \"tab\\t\\\"{{n}}\" }", """{"n":1}""", """{"q":"tab\t\"1"}""")]
    [InlineData("{}", "{}", "{}")]
    public void Make_ArgumentsTemplate_FillsFromTheRow(string template, string row, string arguments)
    {
        using var toCall = Create($"tool: echo/echo, arguments: {template}");

        var problem = toCall.Make(0, Encoding.UTF8.GetBytes(row), out var call);

        Assert.Null(problem);
        Assert.Equal(arguments, Encoding.UTF8.GetString(call.Arguments.Span));
    }

    [Theory]
    [InlineData("{ q: \"{{n}}\" }", "{}", "no column 'n'")]
    [InlineData("\"{{n}}\"", """{"n":3}""", "arguments must be an object")]
    [InlineData("{ q: \"{{n}}\" }", "[1]", "not a JSON object")]
    [InlineData("{ q: \"{{n}}\" }", "{\"n\":1} x", "not one JSON value")]
    public void Make_RowThatDoesNotFit_TellsWhy(string template, string row, string why)
    {
        using var toCall = Create($"tool: echo/echo, arguments: {template}");

        Assert.Contains(why, toCall.Make(0, Encoding.UTF8.GetBytes(row), out _), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_IdToolAndTimeout_ComeFromTheJob()
    {
        using var toCall = Create("tool: \"echo/{{t}}\", id: \"{{n}}\", timeout: 2s");

        Assert.Null(toCall.Make(5, """{"t":"\u0065cho","n":7}"""u8.ToArray(), out var call));

        var tag = new RowTag(call.Tag.Span);
        Assert.Equal(("echo/echo", "\"7\"", 2000), (call.Tool, Encoding.UTF8.GetString(tag.Id), tag.TimeoutMs));
        Assert.Equal(TimeSpan.FromSeconds(2), call.Timeout);
        Assert.True(call.Arguments.IsEmpty);
    }

    [Fact]
    public void Make_Range_FillsTheColumnN()
    {
        using var toCall = Create("tool: echo/echo, id: \"row-{{n}}\", arguments: { n: \"{{n}}\", text: \"no {{n}}\" }", range: 5);

        Assert.Null(toCall.Make(4, "4"u8.ToArray(), out var call));

        Assert.Equal("""{"n":4,"text":"no 4"}""", Encoding.UTF8.GetString(call.Arguments.Span));
        Assert.Equal("\"row-4\"", Encoding.UTF8.GetString(new RowTag(call.Tag.Span).Id));
    }

    private static TemplateToCall Create(string call, int? range = null)
    {
        using var folder = new TempFolder();
        var input = range is null ? "path: rows.jsonl" : $"range: {range}";
        var path = folder.Write("job.yaml", $$"""
            version: 1
            servers: { echo: { mock: {} } }
            input: { {{input}} }
            call: { {{call}} }
            output: { path: out.jsonl }
            """);
        return new TemplateToCall(Job.Load(path).Call!, isNumber: range is not null);
    }
}
