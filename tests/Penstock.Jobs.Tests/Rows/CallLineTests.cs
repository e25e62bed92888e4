using System.Text;
using Penstock.Jobs.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

/// <summary>Lines that are calls already, in each of their forms.</summary>
public sealed class CallLineTests
{
    [Theory]
    [InlineData("""{"custom_id":"r","tool":"geo/geocode","arguments":{"q":"Oslo"},"timeout_ms":2000}""", "\"r\"", "geo/geocode", """{"q":"Oslo"}""", 2000)]
    [InlineData("""{"tool":"geo/geocode"}""", "", "geo/geocode", "", 0)]
    [InlineData("""{"custom_id":7,"tool":"g/a","arguments":null}""", "7", "g/a", "", 0)]
    [InlineData("""  { "tool" : "g/a/b" , "arguments" : { "x" : [ 1 , {} ] } }  """, "", "g/a/b", """{ "x" : [ 1 , {} ] }""", 0)]
    [InlineData("""{"custom_id":"ø\"\u00e9","tool":"g\/\u0061"}""", """
        "ø\"\u00e9"
        """, "g/a", "", 0)]
    [InlineData("""{"unknown":{"tool":"x"},"tool":"g/a"}""", "", "g/a", "", 0)]
    [InlineData("""{"custom_id":"r","method":"tools/call","server":"geo","params":{"name":"geocode","arguments":{"q":"Bergen"}}}""", "\"r\"", "geo/geocode", """{"q":"Bergen"}""", 0)]
    [InlineData("""{"params":{"_meta":{},"arguments":{},"name":"a"},"server":"g","method":"tools\/call"}""", "", "g/a", "{}", 0)]
    [InlineData("""{"custom_id":"o","response":null,"error":{"type":"timeout"},"request":{"custom_id":"r","tool":"g/a","arguments":{"a":1},"timeout_ms":5},"meta":{"row":3}}""", "\"r\"", "g/a", """{"a":1}""", 5)]
    [InlineData("""{"custom_id":"o","request":{"tool":"g/a"}}""", "\"o\"", "g/a", "", 0)]
    [InlineData("""{"request":{"tool":"g/a"},"custom_id":"o","tool":"x/y"}""", "\"o\"", "g/a", "", 0)]
    [InlineData("""{"custom_id":"o","request":{"method":"tools/call","server":"g","params":{"name":"a"}}}""", "\"o\"", "g/a", "", 0)]
    public void Make_CallLine_IsItsCall(string line, string id, string tool, string arguments, int timeoutMs)
    {
        using var toCall = new LineToCall();
        Assert.Null(toCall.Make(41, Encoding.UTF8.GetBytes(line), out var call));
        var tag = new RowTag(call.Tag.Span);
        Assert.Equal((41, timeoutMs, id), (tag.Row, tag.TimeoutMs, Encoding.UTF8.GetString(tag.Id)));
        Assert.Equal((tool, arguments), (call.Tool, Encoding.UTF8.GetString(call.Arguments.Span)));
        Assert.Equal(timeoutMs == 0 ? null : TimeSpan.FromMilliseconds(timeoutMs), call.Timeout);
    }

    [Theory]
    [InlineData("[]", "the line is not a JSON object")]
    [InlineData("7", "the line is not a JSON object")]
    [InlineData("{}", "the call has no tool; give \"tool\":\"server/tool\"")]
    [InlineData("""{"tool":7}""", "tool must be a string")]
    [InlineData("""{"tool":"echo"}""", "the tool is not of the form server/tool")]
    [InlineData("""{"tool":"/echo"}""", "the tool is not of the form server/tool")]
    [InlineData("""{"tool":"echo/"}""", "the tool is not of the form server/tool")]
    [InlineData("""{"tool":"a/\ud800"}""", "the tool is not of the form server/tool")]
    [InlineData("""{"tool":"a/b","arguments":[1]}""", "arguments must be an object")]
    [InlineData("""{"tool":"a/b","arguments":"{}"}""", "arguments must be an object")]
    [InlineData("""{"custom_id":{},"tool":"a/b"}""", "custom_id must be a string or a number")]
    [InlineData("""{"tool":"a/b","timeout_ms":0}""", "timeout_ms must be a whole number from 1 to 86,400,000")]
    [InlineData("""{"tool":"a/b","timeout_ms":1.5}""", "timeout_ms must be a whole number from 1 to 86,400,000")]
    [InlineData("""{"tool":"a/b","timeout_ms":"5"}""", "timeout_ms must be a whole number from 1 to 86,400,000")]
    [InlineData("""{"tool":"a/b","timeout_ms":86400001}""", "timeout_ms must be a whole number from 1 to 86,400,000")]
    [InlineData("""{"method":"tools/list","server":"a","params":{"name":"b"}}""", "method must be \"tools/call\"")]
    [InlineData("""{"server":"a","params":{"name":"b"}}""", "method must be \"tools/call\"")]
    [InlineData("""{"method":"tools/call","params":{"name":"b"}}""", "server and params.name must be given, as strings")]
    [InlineData("""{"method":"tools/call","server":"a","params":[]}""", "server and params.name must be given, as strings")]
    [InlineData("""{"custom_id":"o","response":null,"error":{},"request":null}""", "this error record has no request: its row never was a call; feed the corrected row instead")]
    public void Make_NoCall_SaysWhy(string line, string problem)
    {
        using var toCall = new LineToCall();
        Assert.Equal(problem, toCall.Make(0, Encoding.UTF8.GetBytes(line), out _));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"tool\":\"a/b\"")]
    [InlineData("{\"tool\":\"a/b\"} {}")]
    [InlineData("{\"tool\":\"a/b\"},")]
    [InlineData("{\"tool\":\"a\tb\"}")]
    [InlineData("{\"tool\":\"a/b\",}")]
    [InlineData("{\"request\":{\"tool\":\"a/b\"}")]
    public void Make_BrokenJson_NamesTheByte(string line)
    {
        using var toCall = new LineToCall();
        Assert.Matches(@"^the line is not one JSON value: .*[^.] \(byte \d+\)$", toCall.Make(0, Encoding.UTF8.GetBytes(line), out _));
    }

    [Fact]
    public void Make_BadUtf8_IsToldAsSuch()
    {
        using var toCall = new LineToCall();
        byte[] line = [.. "{\"custom_id\":\"x\",\"tool\":\"a/"u8, 0xC3, .. "\"}"u8];
        Assert.StartsWith("the line is not UTF-8: byte ", toCall.Make(0, line, out _));
        Assert.True(toCall.Id.IsEmpty);
    }

    [Fact]
    public void Make_NameWithHalfASurrogatePair_CostsTheRowOnly()
    {
        using var toCall = new LineToCall();
        Assert.StartsWith("a name in the line holds half of a surrogate pair", toCall.Make(0, """{"\ud800":1,"tool":"a/b"}"""u8.ToArray(), out _), StringComparison.Ordinal);
        Assert.Null(toCall.Make(1, """{"x":"\ud800","tool":"a/b"}"""u8.ToArray(), out _));
    }

    [Fact]
    public void Make_NoCallWithId_KeepsTheIdForTheRecord()
    {
        using var toCall = new LineToCall();
        Assert.NotNull(toCall.Make(0, "{\"tool\":\"echo\",\"custom_id\":\"r\"}"u8.ToArray(), out _));
        Assert.Equal("\"r\"", Encoding.UTF8.GetString(toCall.Id));
        Assert.NotNull(toCall.Make(1, "[]"u8.ToArray(), out _));
        Assert.True(toCall.Id.IsEmpty);
    }

    [Fact]
    public void Make_IdLongerThanATag_IsRefused()
    {
        using var toCall = new LineToCall();
        var line = $$"""{"custom_id":"{{new string('x', RowTag.MaxIdLength - 1)}}","tool":"a/b"}""";
        Assert.Equal($"the custom_id is longer than {RowTag.MaxIdLength:N0} bytes", toCall.Make(0, Encoding.UTF8.GetBytes(line), out _));
        Assert.Null(toCall.Make(0, Encoding.UTF8.GetBytes(line.Replace("xx", "x", StringComparison.Ordinal)), out _));
    }

    [Fact]
    public void Make_TooDeep_IsRefusedAndTheNextRowIsNot()
    {
        using var toCall = new LineToCall();
        var deep = string.Concat(Enumerable.Repeat("[", 5000)) + string.Concat(Enumerable.Repeat("]", 5000));
        Assert.NotNull(toCall.Make(0, Encoding.UTF8.GetBytes($$$"""{"tool":"a/b","arguments":{"x":{{{deep}}}}}"""), out _));
        Assert.Null(toCall.Make(1, "{\"tool\":\"a/b\"}"u8.ToArray(), out _));
    }

    [Fact]
    public void Make_SameTool_IsTheSameString()
    {
        using var toCall = new LineToCall();
        toCall.Make(0, "{\"tool\":\"a/b\"}"u8.ToArray(), out var first);
        toCall.Make(1, "{\"tool\":\"a/c\"}"u8.ToArray(), out _);
        toCall.Make(2, "{\"tool\":\"a\\/b\"}"u8.ToArray(), out var third);
        Assert.Same(first.Tool, third.Tool);
    }
}
