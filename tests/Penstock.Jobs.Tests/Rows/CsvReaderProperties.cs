using System.Text;
using CsvHelper;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

/// <summary>Records are those that CsvHelper reads, however the bytes arrive.</summary>
public sealed class CsvReaderProperties
{
    [Fact]
    public void TryRead_WhatCsvHelperWrites_IsReadBack() => Seeds.Check(1000, static random =>
    {
        var records = Enumerable.Range(0, random.Next(8)).Select(_ => Fields(random)).ToList();
        using var text = new StringWriter();
        var options = new CsvWriterOptions
        {
            NewLine = random.Pick("\n", "\r\n", "\r"),
            Quoting = random.Pick(CsvQuoting.WhenNeeded, CsvQuoting.Always),
            ValidateFieldCount = false,
        };
        using (var writer = CsvWriter.Create(text, options))
        {
            records.ForEach(writer.WriteRecord);
        }

        var bytes = Encoding.UTF8.GetBytes(random.Pick("", "\uFEFF") + text);
        var rows = CsvReaderTests.Read(new PieceStream(bytes, random, random.Pick(1, 2, 7, 100)), random.Next(1, 40));

        Assert.All(rows, static r => Assert.Null(r.Problem));
        Assert.Equal(records, rows.Select(static r => r.Fields));
    });

    [Fact]
    public void TryRead_TextThatBothTakeForCsv_IsReadAsCsvHelperReadsIt() => Seeds.Check(3000, static random =>
    {
        var text = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => random.Pick("a", "ø", " ", ",", ",", "\"", "\"\"", "\n", "\r\n", "\r", "x")));
        var rows = CsvReaderTests.Read(new PieceStream(Encoding.UTF8.GetBytes(text), random, random.Pick(1, 2, 7, 100)), random.Next(1, 40));

        // What is no CSV is read by each in its own way.
        var isBad = false;
        using var reader = CsvReader.FromText(text, new CsvReaderOptions { HasHeader = false, OnMalformedRecord = _ => isBad = true });
        var expected = new List<string[]>();
        while (reader.Read())
        {
            expected.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
        }

        if (!isBad && rows.TrueForAll(static r => r.Problem is null))
        {
            Assert.Equal(expected, rows.Select(static r => r.Fields));
        }
    });

    [Fact]
    public void TryRead_AnyText_DoesNotDependOnHowItsBytesArrive() => Seeds.Check(3000, static random =>
    {
        var bytes = Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => random.Pick("a", "漢", ",", "\"", "\"", "\n", "\r\n", "\r", "bc"))));
        var whole = CsvReaderTests.Read(new MemoryStream(bytes), 1000);
        var pieces = CsvReaderTests.Read(new PieceStream(bytes, random, random.Pick(1, 2, 7)), random.Next(1, 9));
        Assert.Equal(whole.Select(static r => (string.Join('|', r.Fields), r.Problem, r.Line)), pieces.Select(static r => (string.Join('|', r.Fields), r.Problem, r.Line)));
    });

    private static string[] Fields(Random random)
    {
        return [.. Enumerable.Range(0, random.Next(1, 6))
            .Select(_ => string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => random.Pick("a", "\"", ",", "\n", "\r\n", " ", "漢", "'"))))];
    }
}
