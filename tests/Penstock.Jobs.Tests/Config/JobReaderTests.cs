using Penstock.Jobs.Config;
using Penstock.Jobs.Tests.Fakes;

namespace Penstock.Jobs.Tests.Config;

public sealed class JobReaderTests
{
    [Fact]
    public void Load_EveryKey_ReadsAll()
    {
        using var folder = new TempFolder();
        folder.Write("secret.txt", "from-file\n");
        var path = folder.Write("job.yaml", """
            version: 1
            mcpServers:
              geo:
                type: stdio
                command: node
                args: [geo.js, 7]
                env: { KEY: "a ${file:secret.txt} b", PLAIN: $HOME }
                cwd: /srv
                replicas: 4
                maxInFlight: 128
                era: legacy
                connectTimeout: 1m
                maxRequestBytes: 1MiB
                maxResponseBytes: 2MB
                stopGrace: 500ms
              echo: { mock: { latency: 5ms, latencyJitter: 1.5ms, failRate: 0.01, seed: 7, era: modern, pageSize: 3 } }
            input: { path: "-" }
            output: { path: a/out.jsonl }
            errors: { path: e.jsonl }
            memory: { budget: 1GiB }
            pipeline: { callTimeout: 2s, startConcurrency: 3, batch: { maxCalls: 64, linger: 0 } }
            """);

        var job = Job.Load(path);

        var geo = job.Servers[0];
        Assert.Equal(("geo", "node", "/srv"), (geo.Name, geo.Command, geo.WorkingDirectory));
        Assert.Equal(["geo.js", "7"], geo.Arguments);
        Assert.Equal("a from-file b", geo.Environment["KEY"]);
        Assert.Equal("$HOME", geo.Environment["PLAIN"]);
        Assert.Equal("*** is hidden", geo.Redact("from-file is hidden"));
        var options = geo.ToOptions([]);
        Assert.Equal((4, 128, ProtocolEra.Legacy), (options.Replicas, options.MaxInFlight, options.Era));
        Assert.Equal((TimeSpan.FromMinutes(1), 1 << 20, 2_000_000), (options.ConnectTimeout, options.MaxRequestBytes, options.MaxResponseBytes));
        Assert.Equal(TimeSpan.FromMilliseconds(500), ((StdioTransport)options.Transport!).StopGrace);
        Assert.Equal(
            "/bin/penstock mock --latency 5ms --latency-jitter 1.5ms --fail-rate 0.01 --seed 7 --era modern --page-size 3",
            job.Servers[1].ToOptions(["/bin/penstock"]).Transport!.ToString());
        Assert.Equal(new JobInput("-", null), job.Input);
        Assert.Null(job.Call);
        Assert.Equal(("a/out.jsonl", "e.jsonl"), (job.OutputPath, job.ErrorsPath));
        Assert.Equal(1L << 30, job.MemoryBudget);
        Assert.Equal((TimeSpan.FromSeconds(2), 3), (job.CallTimeout, job.StartConcurrency));
        Assert.Equal((64, TimeSpan.Zero), (job.BatchMaxCalls, job.BatchLinger));
    }

    [Fact]
    public void Load_Json_ReadsTheSameKeys()
    {
        using var folder = new TempFolder();
        var path = folder.Write("job.json", "{\n\t\"version\": 1,\n\t\"servers\": {\"echo\": {\"mock\": {}}},\n\t\"input\": {\"path\": \"r.jsonl\"},\n\t\"output\": {\"path\": \"o\\/\\u00e9.jsonl\"}\n}");

        var job = Job.Load(path);

        Assert.Equal("o/é.jsonl", job.OutputPath);
    }

    [Theory]
    [InlineData("out.jsonl", "out.errors.jsonl")]
    [InlineData("/a.b/out.jsonl", "/a.b/out.errors.jsonl")]
    [InlineData("/a.b/out", "/a.b/out.errors")]
    [InlineData("out.tar.jsonl", "out.tar.errors.jsonl")]
    public void DefaultErrors_Output_PutsErrorsBeforeTheExtension(string output, string errors) =>
        Assert.Equal(errors, JobReader.DefaultErrors(output));

    [Fact]
    public void Load_Overrides_WinOverTheFile()
    {
        using var folder = new TempFolder();
        var path = folder.Write("job.yaml", """
            version: 1
            servers: { a.b: { command: x } }
            input: { path: r.jsonl }
            output: { path: out.jsonl }
            """);

        var job = Job.Load(path, ["servers.a.b.args=[1, two]", "pipeline.batch.linger=1ms", "output.path=-", "errors.path=e"]);

        Assert.Equal(["1", "two"], job.Servers[0].Arguments);
        Assert.Equal(TimeSpan.FromMilliseconds(1), job.BatchLinger);
        Assert.Equal(Job.Standard, job.OutputPath);
    }

    [Theory]
    [InlineData("pipeline.callTimeout=soon", "--set pipeline.callTimeout: pipeline.callTimeout: 'soon'")]
    [InlineData("pipeline", "--set pipeline: has no value")]
    [InlineData("version.x=1", "--set version.x: version.x: goes through something that is not a map")]
    [InlineData("wat=1", "--set wat: wat: unknown key")]
    public void Read_BadOverride_NamesTheOption(string text, string start)
    {
        using var folder = new TempFolder();
        var path = folder.Write("job.yaml", "version: 1\nservers: { e: { mock: {} } }\ninput: { path: r }\noutput: { path: o }\n");

        var problems = Job.Read(path, [text]).Problems;

        Assert.Contains(problems, p => p.ToString().StartsWith(start, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_ServersFile_IsRelativeToTheJobAndMayBeForeign()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.Path("sub"));
        folder.Write("sub/mcp.json", """{"inputs":[],"mcpServers":{"x":{"command":"x","autoApprove":["a"]},"off":{"url":"u","disabled":true}}}""");
        var path = folder.Write("job.yaml", "version: 1\nserversFile: sub/mcp.json\ninput: { path: r }\noutput: { path: o }\n");

        Assert.Equal(["x"], Job.Load(path).Servers.Select(static s => s.Name));
    }

    [Fact]
    public void Load_ServersFileWithProblem_NamesThatFile()
    {
        using var folder = new TempFolder();
        var other = folder.Write("mcp.json", "{\"mcpServers\":{\"x\":{\"comand\":\"x\"}}}");
        var path = folder.Write("job.yaml", "version: 1\nserversFile: mcp.json\ninput: { path: r }\noutput: { path: o }\n");

        Assert.Contains(Job.Read(path).Problems, p => p.Place == $"{other}:1:21" && p.Path == "mcpServers.x.comand");
    }

    [Fact]
    public void ServersFile_OnlyOneServer_DoesNotMindTheOthers()
    {
        using var folder = new TempFolder();
        var path = folder.Write("mcp.json", """{"mcpServers":{"good":{"command":"x"},"far":{"url":"https://x"}}}""");

        Assert.Equal("good", Assert.Single(ServersFile.Load(path, "good")).Name);
        Assert.Throws<JobException>(() => ServersFile.Load(path));
    }
}
