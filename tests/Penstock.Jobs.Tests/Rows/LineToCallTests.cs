using System.Text;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Tests.Rows;

public sealed class LineToCallTests
{
    [Theory]
    [InlineData("""{"custom_id":"a","tool":"geo/q","arguments":{"q" : 1},"timeout_ms":2000}""", "geo/q", "{\"q\" : 1}", "\"a\"", 2000)]
    [InlineData("""{"tool":"geo/q"}""", "geo/q", "", "", 0)]
    [InlineData("""{"tool":"geo/q","arguments":null,"custom_id":null,"timeout_ms":null}""", "geo/q", "", "", 0)]
    [InlineData("""{"custom_id":17,"tool":"geo/a/b"}""", "geo/a/b", "", "17", 0)]
    [InlineData("""{"custom_id":"b","method":"tools/call","server":"geo","params":{"name":"q","arguments":{"x":[]},"_meta":{}}}""", "geo/q", "{\"x\":[]}", "\"b\"", 0)]
    [InlineData("""{"custom_id":"c","response":null,"error":{"type":"timeout"},"request":{"custom_id":"c","tool":"geo/q","arguments":{},"timeout_ms":5},"meta":{"row":1}}""", "geo/q", "{}", "\"c\"", 5)]
    [InlineData("""{"request":{"tool":"geo/q"},"custom_id":"outer"}""", "geo/q", "", "\"outer\"", 0)]
    [InlineData("""{"tool":"geo/\u0071\/x","extra":{"tool":"no/no"}}""", "geo/q/x", "", "", 0)]
    [InlineData("""{"method":"tools\/call","server":"g\u0065o","params":{"name":"q"}}""", "geo/q", "", "", 0)]
    [InlineData("""  {"tool":"geo/q","custom_id":"\"\\ü"}  """, "geo/q", "", "\"\\\"\\\\ü\"", 0)]
    public void Make_CallOfAnyForm_TakesItsParts(string line, string tool, string arguments, string id, int timeoutMs)
    {
        using var toCall = new LineToCall();

        var problem = toCall.Make(3, Encoding.UTF8.GetBytes(line), out var call);

        Assert.Null(problem);
        Assert.Equal((tool, arguments), (call.Tool, Encoding.UTF8.GetString(call.Arguments.Span)));
        Assert.Equal(timeoutMs == 0 ? null : TimeSpan.FromMilliseconds(timeoutMs), call.Timeout);
        var tag = new RowTag(call.Tag.Span);
        Assert.Equal((3L, timeoutMs, id), (tag.Row, tag.TimeoutMs, Encoding.UTF8.GetString(tag.Id)));
    }

    [Theory]
    [InlineData("{", "not one JSON value")]
    [InlineData("{} x", "not one JSON value")]
    [InlineData("""{"tool":"a/b"} {}""", "not one JSON value")]
    [InlineData("""{"tool":"a/b",}""", "not one JSON value")]
    [InlineData("[1]", "not a JSON object")]
    [InlineData("3", "not a JSON object")]
    [InlineData("{}", "has no tool")]
    [InlineData("""{"tool":1}""", "tool must be a string")]
    [InlineData("""{"tool":"geo"}""", "server/tool")]
    [InlineData("""{"tool":"/x"}""", "server/tool")]
    [InlineData("""{"tool":"x/"}""", "server/tool")]
    [InlineData("""{"tool":"a/\ud800"}""", "server/tool")]
    [InlineData("""{"tool":"a/b","arguments":[1]}""", "arguments must be an object")]
    [InlineData("""{"tool":"a/b","timeout_ms":1.5}""", "timeout_ms must be")]
    [InlineData("""{"tool":"a/b","timeout_ms":0}""", "timeout_ms must be")]
    [InlineData("""{"tool":"a/b","timeout_ms":"5"}""", "timeout_ms must be")]
    [InlineData("""{"tool":"a/b","custom_id":{}}""", "custom_id must be")]
    [InlineData("""{"method":"ping","server":"a","params":{"name":"b"}}""", "method must be")]
    [InlineData("""{"method":"tools/call","params":{"name":"b"}}""", "server and params.name")]
    [InlineData("""{"method":"tools/call","server":"a","params":3}""", "server and params.name")]
    [InlineData("""{"custom_id":"x","response":null,"error":{},"request":null,"input":"y"}""", "never was a call")]
    public void Make_NoCall_TellsWhy(string line, string why)
    {
        using var toCall = new LineToCall();

        Assert.Contains(why, toCall.Make(0, Encoding.UTF8.GetBytes(line), out _), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_NotUtf8_TellsWhy()
    {
        using var toCall = new LineToCall();

        Assert.Contains("not UTF-8", toCall.Make(0, new byte[] { (byte)'"', 0xFF, (byte)'"' }, out _), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_RowFailsAfterItsId_KeepsTheId()
    {
        using var toCall = new LineToCall();

        toCall.Make(0, """{"custom_id":"kept"}"""u8.ToArray(), out _);

        Assert.Equal("\"kept\"", Encoding.UTF8.GetString(toCall.Id));
    }

    [Fact]
    public void Make_IdLongerThanATag_IsRefusedWithoutId()
    {
        using var toCall = new LineToCall();
        var line = $$"""{"tool":"a/b","custom_id":"{{new string('x', 70_000)}}"}""";

        Assert.Contains("custom_id is longer", toCall.Make(0, Encoding.UTF8.GetBytes(line), out _), StringComparison.Ordinal);
        Assert.True(toCall.Id.IsEmpty);
    }

    [Fact]
    public void Make_SteadyState_AllocatesNothing()
    {
        using var toCall = new LineToCall();
        ReadOnlyMemory<byte> line = """{"custom_id":"row-1","tool":"geo/geocode","arguments":{"q":"Oslo"},"timeout_ms":5}"""u8.ToArray();
        var failed = 0;
        var before = 0L;
        for (var i = 0; i < 2000; i++)
        {
            if (i == 1000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            failed += toCall.Make(i, line, out _) is null ? 0 : 1;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, failed);
    }

    [Fact]
    public void Make_SameTool_GivesTheSameString()
    {
        using var toCall = new LineToCall();
        toCall.Make(0, """{"tool":"a/b"}"""u8.ToArray(), out var first);
        toCall.Make(1, """{"tool":"c/d"}"""u8.ToArray(), out _);
        toCall.Make(2, """{"method":"tools/call","server":"a","params":{"name":"b"}}"""u8.ToArray(), out var third);

        Assert.Same(first.Tool, third.Tool);
    }
}
