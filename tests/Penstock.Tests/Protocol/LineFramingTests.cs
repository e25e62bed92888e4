using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class LineFramingTests
{
    [Fact]
    public void Read_WholeLines_AreHandedOutInPlace()
    {
        using var framing = new LineFraming(100);
        ReadOnlySpan<byte> burst = "{\"a\":1}\n{\"b\":2}\r\n"u8;
        var rest = burst;
        Assert.Equal(LineKind.Line, framing.Read(ref rest, out var line));
        Assert.True(burst.Overlaps(line));
        Assert.Equal("{\"a\":1}"u8, line);
        Assert.Equal(LineKind.Line, framing.Read(ref rest, out line));
        Assert.Equal("{\"b\":2}"u8, line);
        Assert.Equal(LineKind.None, framing.Read(ref rest, out _));
    }

    [Fact]
    public void Read_BlankLines_AreSkipped() => Assert.Equal(["a", "b"], Frame(100, "\n\r\n  \t\r\na\n\n", "\r\nb\n \n"));

    [Fact]
    public void Read_CarriageReturnInsideALine_Stays() => Assert.Equal(["a\rb", "c"], Frame(100, "a\rb\r", "\nc\n"));

    [Fact]
    public void Read_TornLine_IsJoined() => Assert.Equal(["abcdef", "g"], Frame(100, "ab", "cd", "", "ef\ng\n"));

    [Fact]
    public void Read_LongTornLine_GrowsAndShrinksItsBuffer()
    {
        var piece = new string('x', 50_000);
        Assert.Equal([piece + piece + piece, "short"], Frame(200_000, piece, piece, piece + "\nsh", "ort\n"));
    }

    [Theory]
    [InlineData("{\"id\":7,\"result\":\"xxxxxxxxxxxxxxxx\"}\n{\"b\":2}\n")]
    [InlineData("{\"id\":7,", "\"result\":\"xxxxxxxxxxxxxxxx\"}\n{\"b\":2}\n")]
    [InlineData("{\"id\":7,\"result\":\"xxxxxxxxxxxx", "xxxx\"}", "\n{\"b\"", ":2}\n")]
    public void Read_LineAboveTheLimit_IsToldByItsIdAndSkipped(params string[] bursts) =>
        Assert.Equal(["oversize 7 False", "{\"b\":2}"], Frame(20, bursts));

    [Theory]
    [InlineData(8, "12345678")]
    [InlineData(7, "oversize  False")]
    public void Read_LineAtTheLimit_Passes(int limit, string expected)
    {
        Assert.Equal([expected], Frame(limit, "12345678\n"));
        Assert.Equal([expected], Frame(limit, "1234", "5678", "\n"));
    }

    [Fact]
    public void ReadLast_LineWithoutNewline_IsHandedOut()
    {
        using var framing = new LineFraming(100);
        var rest = "a\nlast"u8;
        framing.Read(ref rest, out _);
        Assert.Equal(LineKind.None, framing.Read(ref rest, out _));
        Assert.Equal(LineKind.Line, framing.ReadLast(out var line));
        Assert.Equal("last"u8, line);
        Assert.Equal(LineKind.None, framing.ReadLast(out _));
    }

    internal static List<string> Frame(int limit, params string[] bursts) => Frame(limit, bursts.Select(Encoding.UTF8.GetBytes));

    internal static List<string> Frame(int limit, IEnumerable<byte[]> bursts)
    {
        var lines = new List<string>();
        using var framing = new LineFraming(limit);
        foreach (var burst in bursts)
        {
            ReadOnlySpan<byte> rest = burst;
            LineKind kind;
            while ((kind = framing.Read(ref rest, out var line)) != LineKind.None)
            {
                lines.Add(Describe(framing, kind, line));
            }

            Assert.True(rest.IsEmpty);
        }

        var last = framing.ReadLast(out var tail);
        if (last != LineKind.None)
        {
            lines.Add(Describe(framing, last, tail));
        }

        return lines;
    }

    private static string Describe(LineFraming framing, LineKind kind, ReadOnlySpan<byte> line) => kind == LineKind.Line
        ? Encoding.UTF8.GetString(line)
        : $"oversize {(framing.Oversize.HasId ? framing.Oversize.Id : null)} {framing.Oversize.HasMethod}";
}
