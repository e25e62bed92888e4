using Penstock.Jobs.Config;
using Xunit;

namespace Penstock.Jobs.Tests.Config;

/// <summary>What a right job file means.</summary>
public sealed class JobReadingTests
{
    private const string Full =
        """
        version: 1
        servers:
          geo:
            command: node
            args: [geo.js, "--n", 3]
            env: { KEY: value, EMPTY: "" }
            cwd: /
            replicas: 4
            maxInFlight: 64
            era: legacy
            connectTimeout: 20s
            maxRequestBytes: 1MiB
            maxResponseBytes: 2MiB
            validate: false
            stopGrace: 500ms
          m: { mock: { latency: 5ms, latencyJitter: 1ms, failRate: 0.01, seed: -7, era: modern, pageSize: 3 } }
        input: { range: 10 }
        call: { tool: geo/geocode, id: "r{{n}}", arguments: { q: "{{n}}" }, timeout: 2s }
        output: { path: out.jsonl }
        memory: { budget: 256MiB }
        pipeline: { callTimeout: 10s, startConcurrency: 3, batch: { maxCalls: 128, linger: 2ms } }
        """;

    [Fact]
    public void Read_EveryKey_IsInTheJob()
    {
        using var folder = new TempFolder();
        var job = Job.Load(folder.Write("job.yaml", Full));
        var geo = job.Servers[0];
        Assert.Equal(("geo", "node", "/"), (geo.Name, geo.Command, geo.WorkingDirectory));
        Assert.Equal(["geo.js", "--n", "3"], geo.Arguments);
        Assert.Equal((false, null), (geo.ValidateArguments, job.Servers[1].ValidateArguments));
        Assert.False(geo.ToOptions([]).ValidateArguments);
        Assert.Equal(("value", ""), (geo.Environment["KEY"], geo.Environment["EMPTY"]));
        Assert.Equal((4, 64, ProtocolEra.Legacy), (geo.Replicas, geo.MaxInFlight, geo.Era));
        Assert.Equal((1 << 20, 2 << 20), (geo.MaxRequestBytes, geo.MaxResponseBytes));
        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromMilliseconds(500)), (geo.ConnectTimeout, geo.StopGrace));
        Assert.Equal(
            ["--latency", "5ms", "--latency-jitter", "1ms", "--fail-rate", "0.01", "--seed", "-7", "--era", "modern", "--page-size", "3"],
            job.Servers[1].Mock!.ToArguments());
        Assert.Equal(new JobInput(null, 10), job.Input);
        Assert.Equal(("out.jsonl", "out.errors.jsonl"), (job.OutputPath, job.ErrorsPath));
        Assert.Equal((256L << 20, TimeSpan.FromSeconds(10), 3), (job.MemoryBudget, job.CallTimeout, job.StartConcurrency));
        Assert.Equal((128, TimeSpan.FromMilliseconds(2)), (job.BatchMaxCalls, job.BatchLinger));
        Assert.Equal(TimeSpan.FromSeconds(2), job.Call!.Timeout);
    }

    [Theory]
    [InlineData("out.jsonl", "out.errors.jsonl")]
    [InlineData("a/b.c/out", "a/b.c/out.errors")]
    [InlineData("out.x.jsonl", "out.x.errors.jsonl")]
    [InlineData("/tmp/out.json", "/tmp/out.errors.json")]
    [InlineData("out", "out.errors")]
    public void DefaultErrors_OfAnOutput_StandsBeforeTheExtension(string output, string errors) =>
        Assert.Equal(errors, OutputsReader.DefaultErrors(output));

    [Theory]
    [InlineData("out.csv", "out.errors.jsonl", ',')]
    [InlineData("out.tab", "out.errors.jsonl", '\t')]
    [InlineData("out.json", "out.errors.json", null)]
    [InlineData("out, format: csv", "out.errors.jsonl", ',')]
    public void Read_Append_IsATableByItsFormat(string output, string errors, char? separator)
    {
        using var folder = new TempFolder();
        var text = Full.Replace("path: out.jsonl", $"path: {output}, append: {{ lat: /structuredContent/lat, all: \"\" }}", StringComparison.Ordinal);
        var job = Job.Load(folder.Write("job.yaml", text));
        Assert.Equal((errors, (byte?)separator), (job.ErrorsPath, job.Append!.Separator));
        Assert.Equal(["lat", "all"], job.Append.Columns.Select(static c => c.Name));
        Assert.Equal([["structuredContent", "lat"], []], job.Append.Columns.Select(static c => c.Pointer.Tokens));
    }

    [Theory]
    [InlineData("input.range=7", 7, 4)]
    [InlineData("servers.geo.replicas=9", 10, 9)]
    public void Read_Override_WinsOverTheFile(string set, long range, int replicas)
    {
        using var folder = new TempFolder();
        var job = Job.Load(folder.Write("job.yaml", Full), [set]);
        Assert.Equal((range, replicas), (job.Input.Range, job.Servers[0].Replicas));
    }

    [Fact]
    public void Read_OverrideOfWhatIsNotThere_IsAdded()
    {
        using var folder = new TempFolder();
        var job = Job.Load(folder.Write("job.yaml", Full), ["servers.geo.args=[a, 'b c']", "errors.path=e.jsonl", "servers.new.mock={}"]);
        Assert.Equal(["a", "b c"], job.Servers[0].Arguments);
        Assert.Equal("e.jsonl", job.ErrorsPath);
        Assert.Contains(job.Servers, static s => s is { Name: "new", Mock: not null });
    }

    [Theory]
    [InlineData("call.id={{n}}")]
    [InlineData("call.id={{n}}-{{n}}")]
    [InlineData("call.id={{n}}: a #b")]
    [InlineData("call.arguments.message={{n}}")]
    public void Read_OverrideThatIsATemplate_IsText(string set)
    {
        using var folder = new TempFolder();
        Assert.Empty(Job.Read(folder.Write("job.yaml", Full), [set]).Problems);
    }

    [Theory]
    [InlineData("input.range", "--set input.range: has no value; write it as --set pipeline.callTimeout=30s")]
    [InlineData("=5", "--set =5: has no value; write it as --set pipeline.callTimeout=30s")]
    [InlineData("input.range=x", "--set input.range: 'x' is not valid here; use a whole number from 0 to 1,125,899,906,842,624")]
    [InlineData("inptu.range=5", "--set inptu.range: inptu: unknown key; did you mean 'input'?")]
    [InlineData("version.a=5", "--set version.a: goes through something that is not a map (before 'a'); check the path")]
    public void Read_WrongOverride_IsAProblemOfTheOption(string set, string expected)
    {
        using var folder = new TempFolder();
        Assert.Equal([expected], Job.Read(folder.Write("job.yaml", Full), [set]).Problems.Select(static p => p.ToString()));
    }

    [Fact]
    public void Read_OverrideOfAServerWithDots_FindsTheLongestName()
    {
        using var folder = new TempFolder();
        var text = Full.Replace("  m: {", "  a.b: {", StringComparison.Ordinal);
        var job = Job.Load(folder.Write("job.yaml", text), ["servers.a.b.replicas=5"]);
        Assert.Equal(5, job.Servers[1].Replicas);
    }

    [Fact]
    public void Read_Variables_AreFilledAndHidden()
    {
        using var folder = new TempFolder();
        folder.Write("key.txt", "s3cret-of-a-file\n");
        var text = Full.Replace("KEY: value", "KEY: \"<${file:key.txt}>\", HOME2: \"${env:PATH}\"", StringComparison.Ordinal);
        var job = Job.Load(folder.Write("job.yaml", text));
        Assert.Equal("<s3cret-of-a-file>", job.Servers[0].Environment["KEY"]);
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), job.Servers[0].Environment["HOME2"]);
        Assert.Equal("it said ***!", job.Servers[0].Redact("it said s3cret-of-a-file!"));
    }

    [Fact]
    public void Read_ServersFile_IsAnyonesMcpJson()
    {
        using var folder = new TempFolder();
        folder.Write("mcp.json", """{"mcpServers":{"a":{"command":"x","args":["1"],"autoApprove":[],"timeout":3},"off":{"command":"y","disabled":true}},"other":1}""");
        var job = Job.Load(folder.Write("job.yaml", "version: 1\nserversFile: mcp.json\ninput: { path: '-' }\noutput: { path: o }"));
        Assert.Equal(["a"], job.Servers.Select(static s => s.Name));
    }

    [Fact]
    public void Load_ServersOfAnotherProgram_SkipsWhatCannotBeStarted()
    {
        using var folder = new TempFolder();
        var path = folder.Write("mcp.json", """
            {
              // as an editor writes it
              "mcpServers": {
                "a": { "command": "x", "args": ["http://a//b", "/* no comment */"] },
                /* these
                   two */
                "b": { "type": "http", "url": "http://b", "headers": { "X": "y" } },
                "c": { "command": "z", "disabled": true },
              }
            }
            """);
        var file = ServersFile.Load(path);
        Assert.Equal(["http://a//b", "/* no comment */"], Assert.Single(file.Servers).Arguments);
        Assert.Equal(
            ["server 'b' is skipped: servers behind a URL are not built yet; use a command", "server 'c' is skipped: it is disabled"], file.Skipped);
        Assert.Equal("a", Assert.Single(ServersFile.Load(path, "a").Servers).Name);
        Assert.Empty(ServersFile.Load(path, "a").Skipped);
        Assert.Equal(
            [$"{path}:7:20: mcpServers.b.type: servers behind a URL are not built yet; use a command"],
            Assert.Throws<JobException>(() => ServersFile.Load(path, "b")).Problems);
        Assert.Contains("the server is disabled", Assert.Throws<JobException>(() => ServersFile.Load(path, "c")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CallTimeout_IsTheFilesOrTheOverrides()
    {
        using var folder = new TempFolder();
        var path = folder.Write("job.yaml", Full);
        Assert.Equal(TimeSpan.FromSeconds(10), ServersFile.Load(path).CallTimeout);
        Assert.Equal(TimeSpan.FromSeconds(3), ServersFile.Load(path, "geo", ["pipeline.callTimeout=3s"]).CallTimeout);
        Assert.Null(ServersFile.Load(folder.Write("mcp.json", "{\"mcpServers\":{}}")).CallTimeout);
    }
}
