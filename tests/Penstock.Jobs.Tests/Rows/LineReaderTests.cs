using System.Text;
using Penstock.Jobs.Rows;
using Penstock.Jobs.Tests.Fakes;

namespace Penstock.Jobs.Tests.Rows;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData("a\n", "a")]
    [InlineData("a\r\nb\r\n", "a|b")]
    [InlineData("a\n\nb", "a||b")]
    [InlineData("\n", "")]
    [InlineData("a\rb\n", "a\rb")]
    [InlineData("\uFEFFa\n\uFEFFb", "a|\uFEFFb")]
    [InlineData("a\n\uFEFFb", "a|\uFEFFb")]
    public void TryRead_Text_CutsLines(string text, string lines)
    {
        using var reader = new LineReader(new MemoryStream(Encoding.UTF8.GetBytes(text)), blockLength: 16);

        var read = ReadAll(reader);

        Assert.Equal(text.Length == 0 ? [] : lines.Split('|'), read.Select(static l => Encoding.UTF8.GetString(l.Bytes)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TryRead_ByteOrderMarkInPieces_IsDroppedOnce(int piece)
    {
        using var reader = new LineReader(new PiecesStream(Encoding.UTF8.GetBytes("\uFEFFa\n\uFEFFb\n"), [piece]), blockLength: 16);

        Assert.Equal(["a", "\uFEFFb"], ReadAll(reader).Select(static l => Encoding.UTF8.GetString(l.Bytes)));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(1000)]
    public void TryRead_LineLongerThanAllowed_TellsItOnceWithItsStartAndGoesOn(int piece)
    {
        var text = $"a\n{new string('x', 5000)}\nb\n{new string('y', 100)}\r\nc";
        using var reader = new LineReader(new PiecesStream(Encoding.UTF8.GetBytes(text), [piece]), blockLength: 64, maxLineLength: 200);

        var lines = ReadAll(reader);

        Assert.Equal([false, true, false, false, false], lines.Select(static l => l.IsTooLong));
        Assert.StartsWith("xxxx", Encoding.UTF8.GetString(lines[1].Bytes), StringComparison.Ordinal);
        Assert.Equal(["b", new string('y', 100), "c"], lines.Skip(2).Select(static l => Encoding.UTF8.GetString(l.Bytes)));
    }

    [Fact]
    public void TryRead_LineManyBlocksLong_IsWhole()
    {
        var line = new string('z', 1 << 20);
        using var reader = new LineReader(new MemoryStream(Encoding.UTF8.GetBytes($"a\n{line}\nb")), blockLength: 256);

        Assert.Equal([1, 1 << 20, 1], ReadAll(reader).Select(static l => l.Bytes.Length));
    }

    internal static List<(byte[] Bytes, bool IsTooLong)> ReadAll(LineReader reader)
    {
        var lines = new List<(byte[], bool)>();
        bool isMore;
        do
        {
            isMore = reader.Fill();
            while (reader.TryRead(out var line, out var isTooLong))
            {
                lines.Add((line.ToArray(), isTooLong));
            }
        }
        while (isMore);
        return lines;
    }
}
