using System.Text;
using System.Text.Json;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary><c>penstock run</c>, as a process.</summary>
public sealed class RunTests
{
    [Fact]
    public async Task Run_Mock_WritesOneRecordForEachRow()
    {
        using var folder = new JobFolder().WriteEchoJob(20_000);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--report", "report.json", "--progress", "none")).Expect(0);
        Assert.Equal(Enumerable.Range(0, 20_000).Select(static i => (long)i), folder.Rows());
        Assert.Empty(folder.Records("out.errors.jsonl"));
        foreach (var record in folder.Records("out.jsonl"))
        {
            var row = record.GetProperty("meta").GetProperty("row").GetInt64();
            Assert.Equal($"row-{row}", record.GetProperty("custom_id").GetString());
            var response = record.GetProperty("response");
            Assert.Equal("m", response.GetProperty("server").GetString());
            Assert.Equal($"row {row}", response.GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString());
        }

        var report = folder.Json("report.json");
        Assert.Equal((0, 20_000, 20_000, 0), (Number(report, "exit_code"), Number(report, "rows"), Number(report, "ok"), Number(report, "failed")));
        Assert.Equal(JsonValueKind.Null, report.GetProperty("stop_reason").ValueKind);
        Assert.Equal(20_000, Number(report.GetProperty("servers")[0], "ok"));
    }

    [Fact]
    public async Task Run_ExistingOutput_IsRefusedWithoutAgain()
    {
        using var folder = new JobFolder().WriteEchoJob(3).Write("out.jsonl", "kept\n");
        var refused = (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml")).Expect(64);
        Assert.Equal("penstock: out.jsonl exists already; move it away, or use --again to write it afresh\n", refused.Errors);
        Assert.Equal("kept\n", await File.ReadAllTextAsync(folder.Of("out.jsonl")));
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--again")).Expect(0);
        Assert.Equal([0, 1, 2], folder.Rows());
    }

    [Fact]
    public async Task Run_FailedRows_EndsWith1UnlessTheyAreAllowed()
    {
        using var folder = new JobFolder().WriteEchoJob(200, "failRate: 0.5, seed: 3");
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml")).Expect(1);
        Assert.Equal(200, folder.Rows().Count);
        Assert.NotEmpty(folder.Records("out.errors.jsonl"));
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--again", "--max-failures", "200")).Expect(0);
    }

    [Fact]
    public async Task Run_RowsThatTheToolsSchemaRefuses_AreNotSentUnlessTheSwitchIsOff()
    {
        using var folder = new JobFolder().WriteEchoJob(3).Write("rows.jsonl", string.Concat(Enumerable.Repeat("{\"tool\":\"m/add\",\"arguments\":{\"a\":1}}\n", 3)));
        string[] job = ["run", "job.yaml", "--set", "input={ path: rows.jsonl }", "--set", "call=null"];
        (await RunningCommand.RunAsync(folder.Path, job)).Expect(1);
        Assert.All(folder.Records("out.errors.jsonl"), static r =>
        {
            var error = r.GetProperty("error");
            Assert.Equal(
                ("schema_invalid", "no", "local", "/b is required by the tool's schema"),
                (error.GetProperty("type").GetString(), error.GetProperty("executed").GetString(), error.GetProperty("origin").GetString(), error.GetProperty("message").GetString()));
        });

        (await RunningCommand.RunAsync(folder.Path, [.. job, "--again", "--set", "servers.m.validate=false"])).Expect(1);
        Assert.Equal(3, folder.Records("out.errors.jsonl").Count(static r => r.GetProperty("error").GetProperty("origin").GetString() == "peer"));
    }

    [Fact]
    public async Task Run_BadRows_FailAndTheOthersDoNot()
    {
        using var folder = new JobFolder().WriteEchoJob(1).Write("rows.jsonl", "{\"x\":1}\n\nnot json\r\n{\"y\":2}\n{\"x\":\"ø\"}");
        string[] set = ["--set", "input={ path: rows.jsonl }", "--set", "call.arguments.message=<{{x}}>"];
        (await RunningCommand.RunAsync(folder.Path, ["run", "job.yaml", .. set])).Expect(1);
        Assert.Equal([0, 1, 2, 3], folder.Rows());
        Assert.Equal(["<1>", "<ø>"], folder.Records("out.jsonl").Select(Text).Order(StringComparer.Ordinal));
        Assert.Equal(["not json", "{\"y\":2}"], folder.Records("out.errors.jsonl").Select(static r => r.GetProperty("input").GetString()));
    }

    [Fact]
    public async Task Run_ErrorsFedBack_AreTheSameCalls()
    {
        using var folder = new JobFolder().WriteEchoJob(100, "failRate: 0.5");
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml")).Expect(1);
        var failed = folder.Records("out.errors.jsonl").Select(Id).ToList();
        string[] set = ["--set", "input={ path: out.errors.jsonl }", "--set", "call=null", "--set", "output.path=second.jsonl", "--set", "servers.m.mock={}"];
        (await RunningCommand.RunAsync(folder.Path, ["run", "job.yaml", .. set])).Expect(0);
        Assert.Equal(failed.Order(StringComparer.Ordinal), folder.Records("second.jsonl").Select(Id).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("no-such-program-of-anyone")]
    public async Task Run_NoServerThatStarts_EndsWith69AndLeavesNoFile(string program)
    {
        using var folder = new JobFolder().WriteEchoJob(3);
        var end = (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--set", $"servers.m={{ command: \"{program}\" }}")).Expect(69);
        Assert.Contains("penstock: server 'm' did not start: ", end.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.Of("out.jsonl")));
        Assert.False(File.Exists(folder.Of("out.errors.jsonl")));
    }

    [Theory]
    [InlineData(null, "there is no such file")]
    [InlineData("\u001f\u008b", "gzip")]
    [InlineData("PAR1", "binary table")]
    [InlineData("a\0b", "zero bytes")]
    public async Task Run_InputThatIsNoText_EndsWith65(string? content, string word)
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        if (content is not null)
        {
            await File.WriteAllBytesAsync(folder.Of("rows"), Encoding.Latin1.GetBytes(content));
        }

        var end = (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--set", "input={ path: rows }")).Expect(65);
        Assert.Contains(word, end.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.Of("out.jsonl")));
    }

    /// <summary>What would fail every row is told as one thing; one broken row fails alone.</summary>
    [Theory]
    [InlineData("n,x\n1,2\n", 65, "csv")]
    [InlineData("\r\n\"n\",\"x\"\r\n1,2\r\n", 65, "csv")]
    [InlineData("\uFEFFn\tx\n1\t2\n", 65, "tsv")]
    [InlineData("name, and no row", 65, "csv")]
    [InlineData("name\nOslo\n", 1, "")]
    [InlineData("oops, this\nand, that\n\n {\"n\":1}\n", 1, "")]
    [InlineData("oops\n{\"n\":1}\n", 1, "")]
    [InlineData("{\"n\n{\"n\":1}\n", 1, "")]
    [InlineData("7\n", 1, "")]
    public async Task Run_TableThatIsNotSaidToBeOne_EndsWith65AndSaysWhatToWrite(string rows, int code, string format)
    {
        using var folder = new JobFolder().WriteEchoJob(1).Write("rows", rows).Write("rows.jsonl", rows);
        var problem = $" is read as JSON lines, and none of its first lines is JSON; if it is a table, add 'format: {format}' to the job's input, or --set input.format={format}\n";
        string[] line = ["run", "job.yaml", "--progress", "none", "--again", "--set"];
        var file = (await RunningCommand.RunAsync(folder.Path, [.. line, "input={ path: rows }"])).Expect(code);
        var pipe = (await RunningCommand.RunAsync(folder.Path, Encoding.UTF8.GetBytes(rows), [.. line, "input={ path: '-' }"])).Expect(code);
        if (code == 65)
        {
            Assert.Equal($"penstock: rows{problem}", file.Errors);
            Assert.StartsWith($"penstock: standard input{problem}", pipe.Errors, StringComparison.Ordinal);
            Assert.EndsWith($"rows{problem}", (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml", "--set", "input={ path: rows }")).Expect(78).Errors, StringComparison.Ordinal);
        }

        // Lines that are calls already are no table.
        (await RunningCommand.RunAsync(folder.Path, [.. line, "input={ path: rows }", "--set", "call=null"])).Expect(1);

        // Who has said that it is JSON lines gets a record for every row.
        (await RunningCommand.RunAsync(folder.Path, [.. line, "input={ path: rows, format: jsonl }"])).Expect(1);
        (await RunningCommand.RunAsync(folder.Path, [.. line, "input={ path: rows.jsonl }"])).Expect(1);
    }

    [Fact]
    public async Task Run_SetOfATemplate_IsText()
    {
        using var folder = new JobFolder().WriteEchoJob(2);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none", "--set", "call.id={{n}}", "--set", "call.arguments.message={{n}}: x")).Expect(0);
        Assert.Equal(["0", "1"], folder.Records("out.jsonl").Select(static r => r.GetProperty("custom_id").GetString()!).Order());
    }

    [Theory]
    [InlineData("zzz=1", "penstock: --set zzz: unknown key")]
    [InlineData("pipeline.nope=1", "penstock: --set pipeline.nope: unknown key")]
    [InlineData("output.path=/dev/stdout", "errors: missing, and /dev/stdout has no name to derive it from; ")]
    [InlineData("journal={}", "journal: not built yet; remove the key")]
    [InlineData("input.range=x", "'x' is not valid here")]
    public async Task Run_WrongJob_EndsWith78(string set, string word)
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        Assert.Contains(word, (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--set", set)).Expect(78).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_StandardInputAndOutput_ArePipes()
    {
        using var folder = new JobFolder().Write("job.yaml", """
            version: 1
            servers: { m: { mock: {} } }
            input: { path: "-" }
            output: { path: "-" }
            errors: { path: errors.jsonl }
            """);
        var input = string.Concat(Enumerable.Range(0, 5000).Select(static i => $$$"""{"custom_id":{{{i}}},"tool":"m/echo","arguments":{"message":"ø{{{i}}}"}}""" + "\n"));
        var end = (await RunningCommand.RunAsync(folder.Path, Encoding.UTF8.GetBytes(input + "oops"), "run", "job.yaml")).Expect(1);
        var ids = end.Output.Split('\n')[..^1].Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("custom_id").GetInt32());
        Assert.Equal(Enumerable.Range(0, 5000), ids.Order());
        Assert.Equal("oops", Assert.Single(folder.Records("errors.jsonl")).GetProperty("input").GetString());
    }

    [Fact]
    public async Task Run_ProgressJson_IsOneObjectALine()
    {
        using var folder = new JobFolder().WriteEchoJob(500);
        var end = (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "json")).Expect(0);
        var lines = end.Errors.Split('\n')[..^1].Select(static line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal((500, 500), (Number(lines[^1], "rows"), Number(lines[^1], "ok")));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("plain")]
    public async Task Run_ProgressForPeople_EndsWithASummary(string form)
    {
        using var folder = new JobFolder().WriteEchoJob(500);
        var end = (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", form)).Expect(0);
        Assert.Equal("", end.Output);
        Assert.Matches(@"(?m)^rows +500  in [\d.]+ s, [\d,]+ rows/s$", end.Errors);
    }

    [Fact]
    public async Task Run_ReportThatCannotBeWritten_IsToldBeforeAnythingRuns()
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--report", "no/such/folder.json")).Expect(64);
        Assert.False(File.Exists(folder.Of("out.jsonl")));
    }

    [Theory]
    [InlineData("job.yaml", "the job's own file")]
    [InlineData("rows.jsonl", "the job's input")]
    [InlineData("out.jsonl", "the job's output")]
    [InlineData("out.errors.jsonl", "the job's errors file")]
    [InlineData(".", "a folder")]
    [InlineData("-", "no file")]
    public async Task Run_ReportOverAFileOfTheJob_IsRefused(string report, string role)
    {
        using var folder = new JobFolder().WriteEchoJob(1).Write("rows.jsonl", "{\"n\":1}\n");
        string[] line = ["run", "job.yaml", "--again", "--set", "input={ path: rows.jsonl }", "--report", report];
        var end = (await RunningCommand.RunAsync(folder.Path, line)).Expect(64);
        Assert.StartsWith($"penstock: --report {report} is {role}", end.Errors, StringComparison.Ordinal);
        Assert.Equal("{\"n\":1}\n", await File.ReadAllTextAsync(folder.Of("rows.jsonl")));
        Assert.False(File.Exists(folder.Of("out.jsonl")));
    }

    [Fact]
    public async Task Run_Report_ReplacesAnEarlierOneOnlyWhenTheRunBegan()
    {
        using var folder = new JobFolder().WriteEchoJob(3).Write("report.json", "an earlier report, and a longer one than the next: " + new string('x', 9000));
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--report", "report.json")).Expect(0);
        Assert.Equal(3, Number(folder.Json("report.json"), "rows"));
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--report", "report.json")).Expect(64);
        Assert.Equal(3, Number(folder.Json("report.json"), "rows"));
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--report", "new.json")).Expect(64);
        Assert.False(File.Exists(folder.Of("new.json")));
    }

    [Fact]
    public async Task Run_ReportOnAFullDisk_IsToldAndTheRowsDecideTheCode()
    {
        using var folder = new JobFolder().WriteEchoJob(3);
        var end = (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--report", "/dev/full")).Expect(0);
        Assert.Contains("penstock: --report /dev/full cannot be written: ", end.Errors, StringComparison.Ordinal);
        Assert.Equal([0, 1, 2], folder.Rows());
    }

    [Theory]
    [InlineData("output.path=./rows.jsonl")]
    [InlineData("output.path=link.jsonl")]
    [InlineData("output.path=hard.jsonl")]
    [InlineData("errors={ path: hard.jsonl }")]
    public async Task Run_InputThatIsTheOutput_IsRefusedAndKept(string set)
    {
        using var folder = new JobFolder().WriteEchoJob(1).Write("rows.jsonl", "{\"n\":1}\n");
        File.CreateSymbolicLink(folder.Of("link.jsonl"), "rows.jsonl");
        await LinkAsync(folder, "rows.jsonl", "hard.jsonl");
        string[] line = ["run", "job.yaml", "--again", "--set", "input={ path: rows.jsonl }", "--set", set];
        var end = (await RunningCommand.RunAsync(folder.Path, line)).Expect(78);
        Assert.EndsWith(": is the input's file; give it another path\n", end.Errors, StringComparison.Ordinal);
        Assert.Equal("{\"n\":1}\n", await File.ReadAllTextAsync(folder.Of("rows.jsonl")));
    }

    [Theory]
    [InlineData("--set input.path=-", "out.jsonl", "the output is the input's file; give it another path")]
    [InlineData("--set input.path=/dev/stdin", "out.jsonl", "is the input's file; give it another path")]
    [InlineData("--set input.path=-", "out.errors.jsonl", "the errors file is the input's file; give it another path")]
    public async Task Run_StandardInputThatIsTheOutput_IsRefusedAndKept(string set, string file, string problem)
    {
        using var folder = new JobFolder().WriteEchoJob(1, more: "#").Write(file, "{\"n\":1}\n");
        await File.WriteAllTextAsync(folder.Of("job.yaml"), (await File.ReadAllTextAsync(folder.Of("job.yaml"))).Replace("range: 1", "path: x", StringComparison.Ordinal));
        var end = (await ShellAsync(folder, $"exec '{RunningCommand.Path}' run job.yaml --again {set} < {file}")).Expect(78);
        Assert.Contains(problem, end.Errors, StringComparison.Ordinal);
        Assert.Equal("{\"n\":1}\n", await File.ReadAllTextAsync(folder.Of(file)));
    }

    private static async Task LinkAsync(JobFolder folder, string from, string to) => (await ShellAsync(folder, $"ln {from} {to}")).Expect(0);

    private static async Task<CommandEnd> ShellAsync(JobFolder folder, string line)
    {
        using var command = RunningCommand.StartProgram("/bin/sh", folder.Path, "-c", line);
        return await command.EndAsync();
    }

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private static string Id(JsonElement record) => record.GetProperty("custom_id").GetString()!;

    private static string Text(JsonElement record) =>
        record.GetProperty("response").GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString()!;
}
