using System.Text;
using Penstock.Jobs.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

public sealed class RowSetTests
{
    [Fact]
    public void Next_AnyRows_IsTheFirstOfThemFromThere() => Seeds.Check(300, static random =>
    {
        var rows = new RowSet();
        var numbers = new SortedSet<long>();
        for (var i = random.Next(40); i > 0; i--)
        {
            var row = random.Next(3) switch { 0 => random.Next(200), 1 => random.Next(1 << 18), _ => random.NextInt64(RowSet.MaxRow) };
            rows.Add(row);
            numbers.Add(row);
        }

        Assert.Equal(numbers.Count == 0 ? 0 : numbers.Max + 1, rows.End);
        foreach (var row in numbers.SelectMany(static n => new[] { n - 1, n, n + 1 }).Where(static n => n >= 0).Append(0))
        {
            Assert.Equal(numbers.Contains(row), rows.Contains(row));
            var next = numbers.Where(n => n >= row).Select(static n => (long?)n).FirstOrDefault();
            Assert.True(next is { } first ? rows.Next(row) == first : rows.Next(row) >= rows.End, $"after {row}");
        }
    });

    [Theory]
    [InlineData("\"é\"", "\"\\u00e9\"", true)]
    [InlineData("\"e\"", "\"é\"", false)]
    [InlineData("\"row-8\"", "\"x\"", false)]
    [InlineData("\"row-7\"", "\"x\"", true)]
    [InlineData("17", "17", true)]
    [InlineData("\"\\ud800\"", "\"\\ud800\"", true)]
    [InlineData("null", "\"x\"", true)]
    public void MayHaveId_WhatTheRecordSaid_IsComparedAsText(string recorded, string read, bool may)
    {
        using var folder = new TempFolder();
        var rows = RowSetFile.Read(folder.Write("e.jsonl", $"{{\"custom_id\":{recorded},\"meta\":{{\"row\":7}}}}"));
        Assert.Equal(may, rows.MayHaveId(7, Encoding.UTF8.GetBytes(read)));
        Assert.True(rows.MayHaveId(6, "\"x\""u8));
    }

    [Theory]
    [InlineData("{\"meta\":{\"row\":7}}\n\n{\"custom_id\":\"x\",\"meta\":{\"attempts\":1,\"row\":70000}}", "7 70000")]
    [InlineData("", "")]
    public void Read_Records_AreTheirRows(string text, string rows)
    {
        using var folder = new TempFolder();
        var read = RowSetFile.Read(folder.Write("e.jsonl", text));
        Assert.Equal(rows, string.Join(' ', Enumerable.Range(0, (int)read.End).Where(i => read.Contains(i))));
    }

    [Theory]
    [InlineData("id,a\n", "1: is no JSON line")]
    [InlineData("{\"meta\":{\"row\":1}}\n{\"meta\":{}}\n", "2: has no meta.row that is a row's number")]
    [InlineData("{\"meta\":{\"row\":-1}}\n", "1: has no meta.row that is a row's number")]
    [InlineData("{\"meta\":{\"row\":\"1\"}}\n", "1: has no meta.row that is a row's number")]
    [InlineData("[1]\n", "1: is no JSON object")]
    public void Read_LineThatIsNoRecord_NamesIt(string text, string problem)
    {
        using var folder = new TempFolder();
        var path = folder.Write("e.jsonl", text);
        var thrown = Assert.Throws<JobException>(() => RowSetFile.Read(path));
        Assert.Equal(JobExitCode.Input, thrown.ExitCode);
        Assert.Equal($"--only {path}:{problem}; give the errors file of an earlier run", Assert.Single(thrown.Problems));
    }

    [Fact]
    public void Read_NoFile_IsAMistakeOfUsage() => Assert.Equal(JobExitCode.Usage, Assert.Throws<JobException>(static () => RowSetFile.Read("none.jsonl")).ExitCode);
}
