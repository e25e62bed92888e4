using System.Text;
using Penstock.Jobs.Bytes;
using Penstock.Jobs.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

public sealed class ValueConversionTests
{
    [Theory]
    [InlineData("Any", "5", "\"5\"")]
    [InlineData("String", "007", "\"007\"")]
    [InlineData("String", "a\"b\n", "\"a\\\"b\\n\"")]
    [InlineData("String", "", "\"\"")]
    [InlineData("Integer", " 42 ", "42")]
    [InlineData("Integer", "-0", "-0")]
    [InlineData("Integer", "123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("Integer", "007", null)]
    [InlineData("Integer", "4.0", "4")]
    [InlineData("Integer", "-17.00", "-17")]
    [InlineData("Integer", "4.", null)]
    [InlineData("Integer", ".0", null)]
    [InlineData("Integer", "4.01", null)]
    [InlineData("Integer", "+4", null)]
    [InlineData("Integer", "-", null)]
    [InlineData("Integer", "", null)]
    [InlineData("Number", "1.50e-3", "1.50e-3")]
    [InlineData("Number", "1.", null)]
    [InlineData("Number", ".5", null)]
    [InlineData("Number", "1e", null)]
    [InlineData("Number", "NaN", null)]
    [InlineData("Number", "1,5", null)]
    [InlineData("Boolean", "TRUE", "true")]
    [InlineData("Boolean", "false", "false")]
    [InlineData("Boolean", "0", "false")]
    [InlineData("Boolean", "yes", null)]
    [InlineData("Structure", "[1,\n2]", "[1, 2]")]
    [InlineData("Structure", "{\"a\":1}", "{\"a\":1}")]
    [InlineData("Structure", "{\"a\":1", null)]
    [InlineData("Structure", "{} {}", null)]
    [InlineData("Structure", "5", null)]
    public void TryAppend_Text_BecomesTheTypeAskedForOrNothing(string wanted, string text, string? json) =>
        Assert.Equal(json, Convert(text, CellKind.Text, wanted));

    [Theory]
    [InlineData("\"5\"", "String", "Any", "\"5\"")]
    [InlineData("\"5\"", "String", "Integer", "5")]
    [InlineData("\"x\"", "String", "Integer", null)]
    [InlineData("\"true\"", "String", "Boolean", "true")]
    [InlineData("\"{}\"", "String", "Structure", null)]
    [InlineData("5", "Json", "Any", "5")]
    [InlineData("5", "Json", "String", "\"5\"")]
    [InlineData("true", "Json", "String", "\"true\"")]
    [InlineData("{\"a\":1}", "Json", "String", "{\"a\":1}")]
    [InlineData("5", "Json", "Boolean", "5")]
    [InlineData("null", "Null", "String", "null")]
    public void TryAppend_Json_IsKeptUnlessTheTypeAskedForSaysTheSame(string value, string kind, string wanted, string? json) =>
        Assert.Equal(json, Convert(value, Enum.Parse<CellKind>(kind), wanted));

    private static string? Convert(string cell, CellKind kind, string wanted)
    {
        using var into = new ByteBuffer(16);
        var fits = ValueConversion.TryAppend(into, Encoding.UTF8.GetBytes(cell), kind, Enum.Parse<Penstock.Jobs.Rows.ValueKind>(wanted));
        Assert.Equal(fits, into.Length > 0);
        return fits ? Encoding.UTF8.GetString(into.Span) : null;
    }
}
