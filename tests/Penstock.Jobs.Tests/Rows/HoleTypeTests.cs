using System.Text;
using Penstock.Jobs.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

/// <summary>What is read of a tool's schema for values that are one column alone.</summary>
public sealed class HoleTypeTests
{
    [Theory]
    [InlineData("""{"type":"integer"}""", "Integer")]
    [InlineData("""{"type":["integer","null"]}""", "Integer")]
    [InlineData("""{"type":["integer","string"]}""", "Any")]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"null"}],"default":null}""", "Integer")]
    [InlineData("""{"oneOf":[{"type":"null"},{"$ref":"#/$defs/Flag"}]}""", "Boolean")]
    [InlineData("""{"anyOf":[{"type":"number","minimum":0},{"type":"number","maximum":-9}]}""", "Number")]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"string"}]}""", "Any")]
    [InlineData("""{"anyOf":[{},{"type":"string"}]}""", "Any")]
    [InlineData("""{"anyOf":[{"type":"null"}]}""", "Any")]
    [InlineData("""{"allOf":[{"$ref":"#/$defs/Address"}]}""", "Structure")]
    [InlineData("""{"$ref":"#/$defs/Flag"}""", "Boolean")]
    [InlineData("""{"$ref":"#/$defs/a~1b%20c"}""", "Number")]
    [InlineData("""{"$ref":"#/$defs/Self"}""", "Any")]
    [InlineData("""{"$ref":"#/nowhere"}""", "Any")]
    [InlineData("""{"$ref":"https://example.org/schema"}""", "Any")]
    [InlineData("""{"$ref":7}""", "Any")]
    [InlineData("""{"enum":["a","b"]}""", "String")]
    [InlineData("""{"enum":["a",1]}""", "Any")]
    public void Read_Argument_IsItsType(string argument, string kind)
    {
        var type = Assert.Single(HoleType.Read(Schema(argument), [["v"]]));
        Assert.Equal((kind, false), (type.Kind.ToString(), type.IsRequired));
    }

    [Theory]
    [InlineData("""{"$ref":"#/$defs/Address"}""")]
    [InlineData("""{"anyOf":[{"$ref":"#/$defs/Address"},{"type":"null"}]}""")]
    public void Read_MemberBehindAReference_IsItsTypeAndWhetherItIsRequired(string argument)
    {
        var types = HoleType.Read(Schema(argument), [["v", "zip"], ["v", "tags", HoleType.Item], ["v", "other"]]);
        Assert.Equal([new HoleType(ValueKind.Integer, true), new HoleType(ValueKind.Number, true), new HoleType(ValueKind.Any, false)], types);
    }

    /// <summary>Of two kinds of object the members differ: what a row means is not known, and the whole is an object all the same.</summary>
    [Fact]
    public void Read_MemberOfOneOfSeveralObjects_IsNotGuessed()
    {
        const string Objects = """{"anyOf":[{"type":"object","properties":{"x":{"type":"integer"}}},{"type":"object","properties":{"x":{"type":"string"}}}]}""";
        var types = HoleType.Read(Schema(Objects), [["v"], ["v", "x"]]);
        Assert.Equal([new HoleType(ValueKind.Structure, false), new HoleType(ValueKind.Any, false)], types);
    }

    private static byte[] Schema(string argument) => Encoding.UTF8.GetBytes(
        $$"""
        {
          "$defs": {
            "Flag": { "type": "boolean" }, "Self": { "$ref": "#/$defs/Self" }, "a/b c": { "type": "number" },
            "Address": { "type": "object", "required": ["zip"], "properties": { "zip": { "type": "integer" }, "tags": { "type": "array", "items": { "type": "number" } } } }
          },
          "properties": { "v": {{argument}} }
        }
        """);
}
