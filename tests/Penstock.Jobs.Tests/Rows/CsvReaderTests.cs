using System.Text;
using Penstock.Jobs.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

public sealed class CsvReaderTests
{
    private const string Quote = "text follows the closing quote of field {0}; double the quotes inside a quoted field, and put the whole field in quotes";
    private const string Unclosed = "the quote that opens field {0} is never closed; close it, or double it within a quoted field";

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "[a]")]
    [InlineData("a,b\nc,d\n", "[a|b][c|d]")]
    [InlineData("a,b\r\nc,d\r\n", "[a|b][c|d]")]
    [InlineData("a,b\rc,d", "[a|b][c|d]")]
    [InlineData("\uFEFFa,b\n", "[a|b]")]
    [InlineData("a,,\n,\n", "[a||][|]")]
    [InlineData("a,", "[a|]")]
    [InlineData("\n\r\n\na\n\n", "[a]")]
    [InlineData("\"\"\n", "[]")]
    [InlineData("\"a\"\"b\",\"c,d\",\"e\nf\"\r\n", "[a\"b|c,d|e\nf]")]
    [InlineData("\"a\"", "[a]")]
    [InlineData("\"\"\"\"", "[\"]")]
    [InlineData("a\"b,c\"\n", "[a\"b|c\"]")]
    [InlineData(" \"a\" ,b\n", "[ \"a\" |b]")]
    [InlineData("漢,ø\n", "[漢|ø]")]
    public void TryRead_Text_IsCutIntoRecords(string text, string records) =>
        Assert.Equal(records, string.Concat(Read(text).Select(static r => $"[{string.Join('|', r.Fields)}]")));

    [Theory]
    [InlineData("a\n\"b\"c,d\ne\n", 1, Quote)]
    [InlineData("a\rb,\"c\"d\re\r", 2, Quote)]
    [InlineData("a\r\n\"b\"c\r\ne", 1, Quote)]
    [InlineData("a\rb,\"c\re\r", 2, Unclosed)]
    [InlineData("a\nb,\"c\ne\n", 2, Unclosed)]
    [InlineData("a\n\"\ne\n", 1, Unclosed)]
    public void TryRead_RecordThatIsNoCsv_CostsItsOwnLineOnly(string text, int field, string problem)
    {
        var records = Read(text);

        Assert.Equal([null, problem.Replace("{0}", $"{field}", StringComparison.Ordinal), null], records.Select(static r => r.Problem));
        Assert.Equal([1, 2], records.Take(2).Select(static r => r.Line));
        Assert.Equal(["a", "", "e"], records.Select(static r => string.Join('|', r.Fields)));
    }

    /// <summary>A quote opened by mistake meets the next quote only thousands of rows later: they are not to be lost with it.</summary>
    [Fact]
    public void TryRead_QuoteOpenedByMistake_CostsItsOwnLineOnly()
    {
        var rows = string.Concat(Enumerable.Range(0, 5000).Select(static i => $"{i},x\n"));

        var records = Read($"a,b\n1,\"oops\n{rows}2,\"y\"\n");

        Assert.Equal((5003, 1), (records.Count, records.Count(static r => r.Problem is not null)));
        Assert.Equal((2, 5003), (records.Single(static r => r.Problem is not null).Line, records[^1].Line));
        Assert.Equal(["2", "y"], records[^1].Fields);
    }

    [Fact]
    public void TryRead_RecordThatIsTooLong_IsGivenUpAndTheNextIsRead()
    {
        var records = Read($"a\n\"{new string('x', 300)}\nb\n", maxLength: 100);

        Assert.Equal("the row is longer than 100 bytes, or a quote is opened and never closed; only its start is kept here", records[1].Problem);
        Assert.Equal((3, "b"), (records.Count, Assert.Single(records[^1].Fields)));
    }

    /// <summary>A line far longer than what is in memory is one record, whatever of it comes later.</summary>
    [Fact]
    public void TryRead_LineLongerThanAllBlocks_IsOneRecordAndItsLineOne()
    {
        var records = Read(new MemoryStream(Encoding.UTF8.GetBytes($"a\n{new string('x', 5000)}\nb\"\n\"c\n")), blockLength: 64, maxLength: 100);

        Assert.Equal([1L, 2, 3, 4], records.Select(static r => r.Line));
        Assert.Equal([null, "the row", null, "the quo"], records.Select(static r => r.Problem?[..7]));
    }

    [Theory]
    [InlineData("a,b\n1,\"x\n2,y\n3,\"z\"\n", "the quote that opens field 2 is not closed there, and text follows the next quote; close it, or double it within a quoted field")]
    [InlineData("a,b\n\"1\n\",\"x\n2,y\n", "the quote that opens field 2 on line 3 is never closed; close it, or double it within a quoted field")]
    public void TryRead_QuoteOnAnotherLineThanItsEnd_SaysWhere(string text, string problem) => Assert.Equal(problem, Read(text)[1].Problem);

    [Theory]
    [InlineData("sep=;\na,b;c\n", "[a,b|c]")]
    [InlineData("\uFEFFSEP=\t\r\na,b\tc\r\n", "[a,b|c]")]
    [InlineData("sep=,\na,b;c\n", "[a|b;c]")]
    [InlineData("a,b\nsep=;\n", "[a|b][sep=;]")]
    [InlineData("sep=;;\n", "[sep=;;]")]
    [InlineData("sep=", "[sep=]")]
    public void TryRead_FirstLineThatNamesTheSeparator_IsObeyedAndNoRecord(string text, string records) =>
        Assert.Equal(records, string.Concat(Read(text).Select(static r => $"[{string.Join('|', r.Fields)}]")));

    [Fact]
    public void TryRead_RecordsOverSeveralLines_KnowTheirLine() =>
        Assert.Equal([1L, 3, 5], Read("\"a\nb\",c\nd\n\ne\n").Select(static r => r.Line));

    [Theory]
    [InlineData("\r")]
    [InlineData("\r\n")]
    public void TryRead_OtherLineEndsWithinQuotes_AreCountedOnce(string end) =>
        Assert.Equal([1L, 4, 6], Read("\"a\nb\n\",c\nd\n\ne\n".Replace("\n", end, StringComparison.Ordinal)).Select(static r => r.Line));

    [Fact]
    public void TryRead_GiantCellAndManyColumns_AreWhole()
    {
        var giant = new string('g', 10 << 20);
        var columns = string.Join(',', Enumerable.Range(0, 1000));

        var records = Read($"{columns}\n\"{giant}\",x\n");

        Assert.Equal(1000, records[0].Fields.Length);
        Assert.Equal([giant, "x"], records[1].Fields);
    }

    /// <summary>All records of a text.</summary>
    internal static List<CsvRow> Read(string text, int maxLength = LineReader.MaxLineLength) =>
        Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), InputBlocks.DefaultLength, maxLength);

    internal static List<CsvRow> Read(Stream stream, int blockLength, int maxLength = LineReader.MaxLineLength)
    {
        using var blocks = new InputBlocks(stream, blockLength);
        var reader = new CsvReader(blocks, maxLength: maxLength);
        var rows = new List<CsvRow>();
        bool isMore;
        do
        {
            isMore = blocks.Fill();
            while (reader.TryRead(out var record, out var problem))
            {
                var fields = new List<string>();
                foreach (var field in reader.Fields)
                {
                    var text = Encoding.UTF8.GetString(record.Span.Slice(field.Start, field.Length));
                    fields.Add(field.HasQuotes ? text.Replace("\"\"", "\"", StringComparison.Ordinal) : text);
                }

                rows.Add(new CsvRow([.. fields], problem, reader.Line));
            }
        }
        while (isMore);
        return rows;
    }

    internal sealed record CsvRow(string[] Fields, string? Problem, long Line);
}
