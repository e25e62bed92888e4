using System.Text;
using System.Text.Json;
using CsvHelper;
using Penstock.Jobs.Bytes;
using Penstock.Jobs.Records;
using Penstock.Jobs.Rows;
using Penstock.Tests;
using Xunit;

namespace Penstock.Jobs.Tests.Records;

/// <summary>Whatever rows and results hold, the output holds the rows' values and, behind them, those that the pointers lead to.</summary>
public sealed class AppendedRowsProperties
{
    private static readonly string[] Pointers = ["/a", "/b", "/a/b", "/0", "/missing"];

    [Fact]
    public void Append_CsvToTable_IsReadBackByCsvHelper() => Seeds.Check(1000, static random =>
    {
        var separator = random.Pick(',', '\t');
        var (records, input) = Table(random);
        var results = records.Skip(1).Select(_ => RandomJson.Object(random)).ToList();
        var text = Write(input, results, (byte)separator);

        using var reader = CsvHelper.CsvReader.FromText(text, new CsvReaderOptions { HasHeader = false, Separator = separator });
        var read = new List<string[]>();
        while (reader.Read())
        {
            read.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
        }

        Assert.Equal(records.Select((r, i) => (string[])[.. r, .. Pointers.Select(p => i == 0 ? p : Cell(results[i - 1], p))]), read);
    });

    [Fact]
    public void Append_CsvToLines_IsReadBackAsObjects() => Seeds.Check(1000, static random =>
    {
        var (records, input) = Table(random);
        var results = records.Skip(1).Select(_ => RandomJson.Object(random)).ToList();
        var lines = Write(input, results, separator: null).Split('\n')[..^1];

        Assert.Equal(results.Count, lines.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            using var row = JsonDocument.Parse(lines[i]);
            var members = row.RootElement.EnumerateObject().ToList();
            Assert.Equal([.. records[0], .. Pointers], members.Select(static m => m.Name));
            Assert.Equal(records[i + 1], members.Take(records[0].Length).Select(static m => m.Value.GetString()));
            Assert.All(members.Skip(records[0].Length), m => AssertSame(Value(results[i], m.Name), m.Value));
        }
    });

    [Fact]
    public void Append_JsonToLines_KeepsTheRowsMembers() => Seeds.Check(1000, static random =>
    {
        var rows = Enumerable.Range(0, 3).Select(_ => RandomJson.Object(random).ReplaceLineEndings(" ")).ToList();
        var result = RandomJson.Object(random);
        var append = Append(null);
        var columns = new JsonColumns(append);
        using var appended = new AppendedRows(append, columns);
        using var into = new ByteBuffer(64);
        using var tag = new ByteBuffer(64);
        foreach (var row in rows)
        {
            tag.Clear();
            into.Clear();
            columns.Append(tag, Encoding.UTF8.GetBytes(row));
            appended.Append(into, tag.Span, Encoding.UTF8.GetBytes(result));

            var text = Encoding.UTF8.GetString(into.Span);
            using var document = JsonDocument.Parse(text);
            using var before = JsonDocument.Parse(row);
            var members = document.RootElement.EnumerateObject().ToList();
            var own = before.RootElement.EnumerateObject().ToList();
            Assert.Equal(own.Select(static m => m.ToString()), members.Take(own.Count).Select(static m => m.ToString()));
            Assert.Equal(Pointers, members.Skip(own.Count).Select(static m => m.Name));
            Assert.All(members.Skip(own.Count), m => AssertSame(Value(result, m.Name), m.Value));
            Assert.DoesNotContain('\n', text);
        }
    });

    [Fact]
    public void Append_Row_AllocatesNothing()
    {
        var append = Append((byte)',');
        var columns = new NumberColumns(append);
        using var appended = new AppendedRows(append, columns);
        using var into = new ByteBuffer(1 << 20);
        var result = """{"content":[{"type":"text","text":"a \"b\""}],"a":{"b":"x,\u00e9"},"b":1.5,"0":[1]}"""u8.ToArray();

        Assert.Equal(0, Allocated.InQuietestRound(() =>
        {
            into.Clear();
            for (var i = 0; i < 1000; i++)
            {
                appended.Append(into, "17"u8, result);
            }
        }));
    }

    /// <summary>The columns are named after their pointers.</summary>
    private static AppendTemplate Append(byte? separator) => new(separator, [.. Pointers.Select(static p => new AppendedColumn(p, new JsonPointer(p)))]);

    /// <summary>A header and rows, and the same as text.</summary>
    private static (List<string[]> Records, byte[] Text) Table(Random random)
    {
        var width = random.Next(1, 5);
        List<string[]> records = [[.. Enumerable.Range(0, width).Select(static i => $"c{i}\"")], .. Enumerable.Range(0, random.Next(5)).Select(_ => Fields(random, width))];
        using var text = new StringWriter();
        using (var writer = CsvWriter.Create(text, new CsvWriterOptions { NewLine = random.Pick("\n", "\r\n"), Quoting = random.Pick(CsvQuoting.WhenNeeded, CsvQuoting.Always) }))
        {
            records.ForEach(writer.WriteRecord);
        }

        return (records, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>The first is never empty: a line with nothing on it is no row.</summary>
    private static string[] Fields(Random random, int width) => [.. Enumerable.Range(0, width).Select(i =>
        (i == 0 ? "x" : "") + string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => random.Pick("a", "\"", ",", "\t", "\n", "\r\n", " ", "漢", "'"))))];

    /// <summary>The output of a run whose calls end with these results, one after the other.</summary>
    private static string Write(byte[] input, List<string> results, byte? separator)
    {
        var append = Append(separator);
        var template = new CallTemplate { Columns = [], Tool = "a/b" };
        var source = CsvSource.Open(new InputBlocks(new MemoryStream(input)), "x", (byte)',', template, append, static (_, _, _, problem) => Assert.Fail(problem), default);
        using var appended = new AppendedRows(append, source.Columns!);
        using var into = new ByteBuffer(64);
        appended.AppendHeader(into);
        Assert.Equal(0, into.Length);
        for (var i = 0; source.MoveNextAsync().AsTask().GetAwaiter().GetResult(); i++)
        {
            appended.AppendHeader(into);
            appended.Append(into, new RowTag(source.Current.Tag.Span).Columns, Encoding.UTF8.GetBytes(results[i]));
            into.Append((byte)'\n');
        }

        appended.AppendHeader(into);
        Assert.Null(source.Failure);
        source.Close();
        return Encoding.UTF8.GetString(into.Span);
    }

    private static void AssertSame(JsonElement? expected, JsonElement actual) =>
        Assert.True(expected is { } value ? JsonElement.DeepEquals(value, actual) : actual.ValueKind == JsonValueKind.Null);

    private static JsonElement? Value(string json, string pointer)
    {
        using var document = JsonDocument.Parse(json);
        JsonElement? value = document.RootElement;
        foreach (var token in new JsonPointer(pointer).Tokens)
        {
            value = value is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(token, out var member) ? member
                : value is { ValueKind: JsonValueKind.Array } list && int.TryParse(token, out var index) && index < list.GetArrayLength() ? list[index]
                : null;
        }

        return value?.Clone();
    }

    private static string Cell(string json, string pointer) => Value(json, pointer) switch
    {
        null or { ValueKind: JsonValueKind.Null } => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } value => value.GetRawText().Replace('\n', ' ').Replace('\r', ' '),
    };
}
