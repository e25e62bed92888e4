using System.Text.RegularExpressions;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>The way back for failed rows: the command that the summary prints, pasted into a shell.</summary>
public sealed partial class RetryTests
{
    private const string Table = "id,a,b,note\nA,2,3,x\nB,oops,1,\"q \"\"u\"\"\"\nC,5,6,z\nD,,7,\n";

    private const string AppendJob = """
        version: 1
        servers: { m: { mock: {} } }
        input: { path: "in put.csv" }
        call: { tool: m/add, id: "{{id}}", arguments: { a: "{{a}}", b: "{{b}}" } }
        output: { path: "o'ut.csv", append: { sum: /structuredContent/sum } }
        """;

    [Fact]
    public async Task Run_PrintedCommandOfAnAppendJob_CompletesTheTable()
    {
        using var folder = new JobFolder().Write("in put.csv", Table).Write("job.yaml", AppendJob);
        var first = await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none", "--set", "pipeline.callTimeout=5s");
        Assert.Contains("- line 3: column 'a': 'oops' is not a number as JSON writes it (17, -0.5)", first.Expect(1).Errors, StringComparison.Ordinal);
        Assert.Contains("mend them where they stand in in put.csv, then:", first.Errors, StringComparison.Ordinal);

        // One row is mended, the other not: there is a second retry.
        folder.Write("in put.csv", Table.Replace("oops", "10", StringComparison.Ordinal));
        var second = await PasteAsync(folder, first.Errors, 1);
        Assert.Contains("ut.retry2.csv", Command(second), StringComparison.Ordinal);
        folder.Write("in put.csv", Table.Replace("oops", "10", StringComparison.Ordinal).Replace("D,,", "D,0,", StringComparison.Ordinal));
        await PasteAsync(folder, second, 0);

        var rows = new[] { "o'ut.csv", "o'ut.retry.csv", "o'ut.retry2.csv" }.SelectMany(f => File.ReadAllLines(folder.Of(f)).Skip(1));
        Assert.Equal(["A,2,3,x,5", "B,10,1,\"q \"\"u\"\"\",11", "C,5,6,z,11", "D,0,7,,7"], rows.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("output.path=x.jsonl", "errors.path=e.jsonl")]
    [InlineData("output={ path: x.jsonl }", "call.id=row {{n}}")]
    [InlineData("output.path=x y.jsonl", "input.range=3")]
    public async Task Run_PrintedCommandOfAJobWithSettings_RunsTheFailedRowsOfThatJob(params string[] set)
    {
        using var folder = new JobFolder().WriteEchoJob(2, "failRate: 1, seed: 1");
        var first = await RunningCommand.RunAsync(folder.Path, ["run", "job.yaml", "--progress", "none", .. set.SelectMany(static s => new[] { "--set", s })]);
        var second = await PasteAsync(folder, first.Expect(1).Errors, 1);
        await PasteAsync(folder, second, 1);
        var rows = first.Errors.Split('\n').First(static l => l.StartsWith("failed", StringComparison.Ordinal));
        Assert.Contains(rows, second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Only_RunsTheRowsWithARecordAndNoOthers()
    {
        using var folder = new JobFolder().WriteEchoJob(100).Write("e.jsonl", "{\"meta\":{\"row\":7}}\n{\"meta\":{\"row\":99}}\n{\"meta\":{\"row\":3}}\n");
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--only", "e.jsonl")).Expect(0);
        Assert.Equal([3, 7, 99], folder.Rows());
    }

    /// <summary>Sorted by a spreadsheet, the rows that are mended have others in their places: none of these may be called.</summary>
    [Fact]
    public async Task Run_OnlyOnAnInputThatWasSorted_CallsNoOtherRow()
    {
        using var folder = new JobFolder().Write("in put.csv", Table).Write("job.yaml", AppendJob);
        var first = await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none");
        folder.Write("in put.csv", "id,a,b,note\nB,10,1,mended\nD,0,7,mended\nA,2,3,x\nC,5,6,z\n");
        await PasteAsync(folder, first.Expect(1).Errors, 1);

        Assert.Equal("id,a,b,note,sum\n", File.ReadAllText(folder.Of("o'ut.retry.csv")));
        var errors = File.ReadAllLines(folder.Of("o'ut.retry.errors.jsonl"));
        Assert.Equal(2, errors.Length);
        Assert.Contains("line 3: this row is \\\"D\\\", and the record that --only names for its place is of another: mend rows where they stand", errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PrintedCommandOfAStreamedTable_WorksOnItsCopy()
    {
        using var folder = new JobFolder().Write("rows.csv", Table).Write("job.yaml", AppendJob);
        using var shell = RunningCommand.StartProgram(
            "bash", folder.Path, "-c", $"cat rows.csv | '{RunningCommand.Path}' run job.yaml --progress none --set input.path=- --set input.format=csv --set servers.m.mock.latency=0ms");
        var first = (await shell.EndAsync()).Expect(1).Errors;
        Assert.Contains("save what was standard input as rows.csv, mend them where they stand in it, then:", first, StringComparison.Ordinal);
        folder.Write("rows.csv", Table.Replace("oops", "10", StringComparison.Ordinal).Replace("D,,", "D,0,", StringComparison.Ordinal));
        await PasteAsync(folder, first, 0);
        Assert.Equal(["id,a,b,note,sum", "B,10,1,\"q \"\"u\"\"\",11", "D,0,7,,7"], File.ReadAllLines(folder.Of("o'ut.retry.csv")).Order(StringComparer.Ordinal).OrderBy(static l => l.StartsWith("id", StringComparison.Ordinal) ? 0 : 1));
    }

    [Fact]
    public async Task Run_ReportInPlaceOfAFileOfTheLine_IsRefused()
    {
        using var folder = new JobFolder().WriteEchoJob(1).Write("e.jsonl", "").Write("x.env", "");
        Assert.Contains("--report e.jsonl is the file of --only", (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--only", "e.jsonl", "--report", "e.jsonl")).Expect(64).Errors, StringComparison.Ordinal);
        Assert.Contains("--report x.env is a file of --env-file", (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--env-file", "x.env", "--report", "x.env")).Expect(64).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("servers.m.env.KEY=supersecret")]
    [InlineData("servers.m.env={ KEY: supersecret }")]
    public async Task Run_SecretOnTheCommandLine_IsNotPrintedAgain(string set)
    {
        using var folder = new JobFolder().Write("in put.csv", Table).Write("job.yaml", AppendJob.Replace("mock: {}", $"command: \"{RunningCommand.Path}\", args: [mock]", StringComparison.Ordinal));
        var end = (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none", "--set", set, "--report", "r.json")).Expect(1);
        Assert.Contains("***", end.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("supersecret", end.Errors + await File.ReadAllTextAsync(folder.Of("r.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SkipAndLimit_RunTheRowsBetween()
    {
        using var folder = new JobFolder().WriteEchoJob(100);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--skip", "90", "--limit", "4")).Expect(0);
        Assert.Equal([90, 91, 92, 93], folder.Rows());
    }

    [Fact]
    public async Task Run_OnlyOfStandardInput_IsRefused()
    {
        using var folder = new JobFolder().WriteEchoJob(1).Write("e.jsonl", "");
        var end = await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--only", "e.jsonl", "--set", "input={ path: \"-\" }");
        Assert.Contains("--only means nothing to standard input", end.Expect(64).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PointerThatIsInNoResult_IsWarnedOf()
    {
        using var folder = new JobFolder().Write("in put.csv", Table).Write("job.yaml", AppendJob.Replace("/sum }", "/summ }", StringComparison.Ordinal));
        var end = await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none", "--report", "r.json");
        const string Warning = "column 'sum': /structuredContent/summ is in none of 2 results; the last one has: /resultType, /content, /structuredContent/sum";
        Assert.Contains(Warning, end.Expect(1).Errors, StringComparison.Ordinal);
        Assert.Equal(Warning, folder.Json("r.json").GetProperty("warnings")[0].GetString());
        Assert.StartsWith("penstock run job.yaml", folder.Json("r.json").GetProperty("next")[0].GetProperty("command").GetString(), StringComparison.Ordinal);
    }

    private static async Task<string> PasteAsync(JobFolder folder, string told, int code)
    {
        using var shell = RunningCommand.StartProgram("bash", folder.Path, "-c", $"penstock() {{ '{RunningCommand.Path}' \"$@\"; }}\n{Command(told)}");
        return (await shell.EndAsync()).Expect(code).Errors;
    }

    private static string Command(string told) => PrintedCommand().Match(told).Value;

    [GeneratedRegex(@"penstock run .*--only.*")]
    private static partial Regex PrintedCommand();
}
