using System.Text;
using Penstock.Jobs.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

/// <summary>Lines do not depend on how their bytes arrive.</summary>
public sealed class LineReaderProperties
{
    [Fact]
    public void TryRead_AnyBlocks_GivesTheLinesOfTheWholeText() => Seeds.Check(2000, static random =>
    {
        var bytes = Text(random);
        Assert.Equal(Model(bytes), LineReaderTests.Read(new PieceStream(bytes, random, random.Pick(1, 2, 7, 100)), random.Next(1, 40), 10_000));
    });

    [Fact]
    public void TryRead_LongLines_AreToldOnceAndTheOthersAreWhole() => Seeds.Check(2000, static random =>
    {
        var bytes = Text(random);
        // A byte order mark that comes in pieces is part of its line until it is whole, so a limit below its length would be hit by it.
        var limit = random.Next(3, 30);
        var read = LineReaderTests.Read(new PieceStream(bytes, random, random.Pick(1, 2, 7, 100)), random.Next(1, 40), limit);
        var model = Split(bytes).Select(line => (Trimmed(line), line.Length > limit)).ToList();
        Assert.Equal(model.Select(static l => l.Item2), read.Select(static l => l.IsTooLong));
        Assert.Equal(model.Where(static l => !l.Item2), read.Where(static l => !l.IsTooLong));
    });

    [Fact]
    public void MoveNext_AnyBlocks_CallsAndBadRowsAreTheLines() => Seeds.Check(300, static random =>
    {
        var lines = Enumerable.Range(0, random.Next(30)).Select(i => random.Pick(
            $$$"""{"custom_id":"{{{i}}}","tool":"m/echo","arguments":{"x":{{{i}}}}}""", "", "  \t", "not json", "[]", "{\"tool\":\"m\"}")).ToArray();
        var bytes = Encoding.UTF8.GetBytes(
            random.Pick("", "\uFEFF") + string.Concat(lines.Select(l => l + random.Pick("\n", "\r\n"))) + random.Pick("", "{\"tool\":\"m/last\"}"));
        var calls = new List<string>();
        var bad = new List<long>();
        var source = new LineSource(
            new InputBlocks(random.Next(2) == 0 ? new MemoryStream(bytes) : new PieceStream(bytes, random, 50)), "x", new LineToCall(), (row, _, _, _) => bad.Add(row), default);
        while (source.MoveNextAsync().AsTask().GetAwaiter().GetResult())
        {
            calls.Add(Encoding.UTF8.GetString(source.Current.Arguments.Span) + new RowTag(source.Current.Tag.Span).Row);
        }

        source.Close();
        var rows = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').Split('\n').Where(static l => l.Trim().Length > 0).ToList();
        Assert.Equal(rows.Count, source.Rows);
        Assert.Equal(rows.Count, calls.Count + bad.Count);
        Assert.Equal(rows.Index().Where(static r => !r.Item.Contains('/', StringComparison.Ordinal)).Select(static r => (long)r.Index), bad);
        Assert.Null(source.Failure);
    });

    private static byte[] Text(Random random)
    {
        var text = new List<byte>(random.Next(4) == 0 ? "\uFEFF"u8.ToArray() : []);
        for (var i = random.Next(12); i > 0; i--)
        {
            text.AddRange(Encoding.UTF8.GetBytes(random.Pick("", "a", "ø漢", "\r", "x\ry", new string('z', random.Next(60)))));
            text.AddRange(Encoding.UTF8.GetBytes(random.Pick("\n", "\r\n", "\n\n", "")));
        }

        return [.. text];
    }

    private static List<(string Text, bool IsTooLong)> Model(byte[] bytes) => [.. Split(bytes).Select(static line => (Trimmed(line), false))];

    private static List<byte[]> Split(byte[] bytes)
    {
        var rest = bytes.AsSpan();
        if (rest.StartsWith("\uFEFF"u8))
        {
            rest = rest[3..];
        }

        var lines = new List<byte[]>();
        for (var at = rest.IndexOf((byte)'\n'); at >= 0; at = rest.IndexOf((byte)'\n'))
        {
            lines.Add(rest[..at].ToArray());
            rest = rest[(at + 1)..];
        }

        if (rest.Length > 0)
        {
            lines.Add(rest.ToArray());
        }

        return lines;
    }

    private static string Trimmed(byte[] line) => Encoding.UTF8.GetString(line is [.., (byte)'\r'] ? line[..^1] : line);
}
