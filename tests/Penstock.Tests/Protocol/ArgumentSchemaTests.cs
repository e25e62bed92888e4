using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class ArgumentSchemaTests
{
    private const string Schema =
        """
        {"type":"object","required":["city","a/b"],"properties":{
        "city":{"type":"string"},"limit":{"type":"integer"},"at":{"type":["number","null"]},"a/b":{},"flag":{"type":"boolean","nullable":true}}}
        """;

    [Theory]
    [InlineData("""{"city":"Oslo","a/b":1}""", null)]
    [InlineData("""{"\u0063ity":"Oslo","a\/b":null,"more":[]}""", null)]
    [InlineData("""{"city":"Oslo","a/b":1,"limit":5,"at":null,"flag":null}""", null)]
    [InlineData("""{"city":"Oslo","a/b":1,"limit":5.0,"at":-1.5e3}""", null)]
    [InlineData("""{"city":7,"a/b":1,"\u0063ity":"Oslo"}""", null)]
    [InlineData("""{"city":"Oslo","a/b":1,"city":7}""", "/city must be string, is integer")]
    [InlineData("{}", "/city is required by the tool's schema")]
    [InlineData("", "/city is required by the tool's schema")]
    [InlineData("""{"city":"Oslo"}""", "/a~1b is required by the tool's schema")]
    [InlineData("""{"city":"Oslo","a/b":1,"limit":"5"}""", "/limit must be integer, is string")]
    [InlineData("""{"city":"Oslo","a/b":1,"limit":5.5}""", "/limit must be integer, is number")]
    [InlineData("""{"city":"Oslo","a/b":1,"at":[]}""", "/at must be number or null, is array")]
    [InlineData("""{"city":null,"a/b":1}""", "/city must be string, is null")]
    [InlineData("""{"city":7,"a/b":1}""", "/city must be string, is integer")]
    [InlineData("""{"flag":{}}""", "/flag must be boolean or null, is object")]
    public void FindMisfit_Arguments_NamesPlaceAndCause(string arguments, string? expected) =>
        Assert.Equal(expected, ArgumentSchema.Compile(Encoding.UTF8.GetBytes(Schema))!.FindMisfit(Encoding.UTF8.GetBytes(arguments)));

    [Theory]
    [InlineData("{\"properties\":{\"a\":{\"type\":\"\\ud800\"},\"b\":{\"type\":[\"string\",\"\\udc00x\"]}}}")]
    [InlineData("{}")]
    [InlineData("true")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{"type":"anything"},"c":{"enum":["x"]},"d":true},"additionalProperties":false}""")]
    [InlineData("""{"$ref":"#/$defs/x","required":["a"]}""")]
    [InlineData("""{"properties":{"a":{"$ref":"#/x","type":"string"},"b":{"type":["string","widget"]},"c":{"type":[]},"d":{"type":7}},"required":"a"}""")]
    [InlineData("""{"properties":{"\ud800":{"type":"string"}},"required":["\ud800"]}""")]
    public void Compile_NothingThatIsUnderstood_IsNull(string schema) => Assert.Null(ArgumentSchema.Compile(Encoding.UTF8.GetBytes(schema)));
}
