using FsCheck;
using FsCheck.Fluent;
using Penstock.Jobs.Rows;
using Penstock.Jobs.Tests.Fakes;

namespace Penstock.Jobs.Tests.Rows;

public sealed class LineReaderProperties
{
    /// <summary>Few different bytes, so that breaks and the parts of a byte order mark are frequent.</summary>
    private static readonly Gen<byte> Bytes = Gen.Elements<byte>((byte)'\n', (byte)'\r', (byte)'a', (byte)'b', 0xEF, 0xBB, 0xBF);

    [Fact]
    public void ReadAll_AnyPieces_RowsAreBlindToThem()
    {
        var cases = from bytes in Bytes.ArrayOf()
                    from pieces in Gen.Choose(1, 9).ArrayOf()
                    from block in Gen.Choose(16, 64)
                    select (bytes, pieces, block);

        Prop.ForAll(cases.ToArbitrary(), static c =>
        {
            using var reader = new LineReader(new PiecesStream(c.bytes, c.pieces), c.block);
            var lines = LineReaderTests.ReadAll(reader).Select(static l => Convert.ToHexString(l.Bytes));
            return lines.SequenceEqual(Model(c.bytes).Select(Convert.ToHexString));
        }).QuickCheckThrowOnFailure();
    }

    private static List<byte[]> Model(byte[] bytes)
    {
        var text = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsSpan(3) : bytes;
        var lines = new List<byte[]>();
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            lines.Add((line is [.., (byte)'\r'] ? line[..^1] : line).ToArray());
            text = end < 0 ? default : text[(end + 1)..];
        }

        return lines;
    }
}
