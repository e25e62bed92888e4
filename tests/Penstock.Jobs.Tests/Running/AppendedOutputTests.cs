using Penstock.Jobs.Tests.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Running;

/// <summary>Jobs whose output is their input's columns with values of the results behind them.</summary>
public sealed class AppendedOutputTests : JobRun
{
    private string Table => Folder.Of("out.csv");

    [Fact]
    public async Task RunAsync_Csv_OkRowsAreInTheTableAndFailedOnesInTheErrors()
    {
        var input = Folder.Write("in.csv", "id,city,note\r\n1,\"Oslo, \"\"N\"\"\",\r\n2,Bergen,x\r\n3,Voss\r\n4,Ål,\"a\nb\"\r\n");
        var engine = new FakeEngine(static (call, i) => i == 1
            ? Outcome.Failed(FaultType.Timeout, FaultOrigin.Local, "late")
            : Outcome.Ok("""{"content":[{"type":"text","text":"say \"hi\""}],"structuredContent":{"lat":59.90,"ok":true,"at":{"x":1},"none":null}}"""));

        var summary = await Runner(Job(input, "path: " + Table, "id: \"{{id}}\", arguments: { q: \"{{city}}\" }"), engine).RunAsync();

        Assert.Equal((2, 2), (summary.Ok, summary.Failed));
        Assert.Equal(
            "id,city,note,lat,text,at,none,lost\n"
            + "1,\"Oslo, \"\"N\"\"\",,59.90,\"say \"\"hi\"\"\",\"{\"\"x\"\":1}\",,\n"
            + "4,Ål,\"a\nb\",59.90,\"say \"\"hi\"\"\",\"{\"\"x\"\":1}\",,\n",
            await File.ReadAllTextAsync(Table));
        Assert.Equal([1, 2], Rows(Errors).Order());
        Assert.Equal(["""{"q":"Oslo, \"N\""}""", """{"q":"Bergen"}""", """{"q":"Ål"}"""], engine.Arguments);
    }

    [Fact]
    public async Task RunAsync_NoRowSucceeds_TheTableHasItsHeader()
    {
        var input = Folder.Write("in.csv", "id\n1\n");
        var engine = new FakeEngine(static (_, _) => Outcome.Failed(FaultType.Timeout, FaultOrigin.Local, "late"));
        await Runner(Job(input, "path: " + Table), engine).RunAsync();
        Assert.Equal("id,lat,text,at,none,lost\n", await File.ReadAllTextAsync(Table));
    }

    [Fact]
    public async Task RunAsync_CsvFromStandardInput_HasItsHeaderOnce()
    {
        var output = new MemoryStream();
        var options = new JobRunOptions { StandardInput = new PieceStream("id\n1\n2\n"u8.ToArray(), new Random(1), 3), StandardOutput = output };
        var job = Job("'-', format: csv", "path: '-', format: tsv", errors: Errors);

        await Runner(job, new FakeEngine(static (_, _) => Outcome.Ok("""{"structuredContent":{"lat":1}}""")), options).RunAsync();

        Assert.Equal("id\tlat\ttext\tat\tnone\tlost\n1\t1\t\t\t\t\n2\t1\t\t\t\t\n", System.Text.Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task RunAsync_JsonLines_AreObjectsWithMoreMembers()
    {
        var input = Folder.Write("in.jsonl", "{ \"id\": 1, \"x\": [1, 2] }\n{}\n{\"lat\":1}\n");
        await Runner(Job(input, "path: " + Output), new FakeEngine(static (_, _) => Outcome.Ok("{\"structuredContent\":{\"lat\":1.0,\"at\":\n[]}}"))).RunAsync();
        Assert.Equal(
            [
                """{ "id": 1, "x": [1, 2],"lat":1.0,"text":null,"at":[],"none":null,"lost":null}""",
                """{"lat":1.0,"text":null,"at":[],"none":null,"lost":null}""",
            ],
            await File.ReadAllLinesAsync(Output));
        Assert.Contains("the row has a member 'lat' already, which output.append adds; give that one another name", await File.ReadAllTextAsync(Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv", "n,lat,text,at,none,lost\n0,7,,,,\n1,7,,,,\n")]
    [InlineData("jsonl", "{\"n\":0,\"lat\":7,\"text\":null,\"at\":null,\"none\":null,\"lost\":null}\n{\"n\":1,\"lat\":7,\"text\":null,\"at\":null,\"none\":null,\"lost\":null}\n")]
    public async Task RunAsync_Range_HasTheColumnN(string format, string expected)
    {
        var job = Job("2", $"path: {Output}, format: {format}", key: "range");
        await Runner(job, new FakeEngine(static (_, _) => Outcome.Ok("""{"structuredContent":{"lat":7}}"""))).RunAsync();
        Assert.Equal(expected, await File.ReadAllTextAsync(Output));
    }

    [Fact]
    public async Task RunAsync_RowLongerThanWhatTravels_IsAFailedRow()
    {
        var input = Folder.Write("in.csv", $"id,long\n7,{new string('x', 66_000)}\n8,y\n");
        var summary = await Runner(Job(input, "path: " + Table, "id: \"{{id}}\""), new FakeEngine(static (_, _) => Outcome.Ok())).RunAsync();
        Assert.Equal((1, 1), (summary.Ok, summary.Failed));
        var record = await File.ReadAllTextAsync(Errors);
        Assert.StartsWith("{\"custom_id\":\"7\",", record, StringComparison.Ordinal);
        Assert.Contains("the row's columns are 66,005 bytes long with its id, and at most 65,521 go to an output with 'append'", record, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id,lat\n", "csv", "has a column 'lat' already, which output.append adds; give that one another name")]
    [InlineData("id,x,x\n", "jsonl", "has the column 'x' 2 times, which JSON cannot; rename all but one")]
    public async Task RunAsync_ColumnsThatTheOutputCannotHave_AreToldBeforeTheFirstRow(string header, string format, string expected)
    {
        var job = Job("'-', format: csv", $"path: {Output}, format: {format}");
        var input = new PieceStream(System.Text.Encoding.UTF8.GetBytes(header), new Random(1), 4);

        // What an earlier run left there.
        await File.WriteAllTextAsync(Folder.Of(Output), "old");
        var e = await Assert.ThrowsAsync<JobException>(() => Runner(job, new FakeEngine(static (_, _) => Outcome.Ok()), new JobRunOptions { StandardInput = input, Again = true }).RunAsync());

        Assert.Equal((JobExitCode.Config, "standard input " + expected, "old"), (e.ExitCode, Assert.Single(e.Problems), await File.ReadAllTextAsync(Folder.Of(Output))));
    }

    private Job Job(string input, string output, string call = "arguments: {}", string? errors = null, string key = "path") => Jobs.Job.Load(Folder.Write("job.yaml", $$"""
        version: 1
        servers: { echo: { mock: {} } }
        input: { {{key}}: {{input}} }
        call: { tool: echo/echo, {{call}} }
        output: { {{output}}, append: { lat: /structuredContent/lat, text: /content/0/text, at: /structuredContent/at, none: /structuredContent/none, lost: /lost } }
        {{(errors is null ? "" : $"errors: {{ path: {errors} }}")}}
        """));
}
