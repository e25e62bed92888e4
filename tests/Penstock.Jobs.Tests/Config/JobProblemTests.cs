using Penstock.Jobs.Tests.Fakes;

namespace Penstock.Jobs.Tests.Config;

public sealed class JobProblemTests
{
    private const string Good = """
        version: 1
        servers: { echo: { mock: {} } }
        input: { range: 10 }
        call: { tool: echo/echo, arguments: { n: "{{n}}" } }
        output: { path: out.jsonl }
        """;

    [Theory]
    [InlineData("version: 1", "version: 2", "1:10: version: '2'", "use 1")]
    [InlineData("version: 1", "a: 1", "1:1: version: missing", "add 'version: 1'")]
    [InlineData("version: 1", "version: 1\nmetrics: { port: 1 }", "2:1: metrics: not built yet", "remove")]
    [InlineData("version: 1", "version: 1\nversion: 1", "2:1: version: the key is given twice", "remove one")]
    [InlineData("version: 1", "version: 1\npipelin: {}", "2:1: pipelin: unknown key", "'pipeline'")]
    [InlineData("version: 1", "version: 1\npipeline: { breaker: {} }", "2:13: pipeline.breaker: not built yet", "remove")]
    [InlineData("version: 1", "version: 1\npipeline: { callTimeout: 10 }", "2:26: pipeline.callTimeout: '10'", "for example 2s")]
    [InlineData("version: 1", "version: 1\npipeline: { batch: { maxCalls: 257 } }", "2:32: pipeline.batch.maxCalls: '257'", "1 to 256")]
    [InlineData("version: 1", "version: 1\nmemory: { budget: 1KB }", "2:19: memory.budget: '1KB'", "1MiB to 1TiB")]
    [InlineData("version: 1", "version: 1\nmemory: 3", "2:9: memory: must be a map", "write it")]
    [InlineData("mock: {}", "comand: node", "2:20: servers.echo.comand: unknown key", "'command'")]
    [InlineData("mock: {}", "url: 'https://x'", "2:20: servers.echo.url: not built yet", "remove")]
    [InlineData("mock: {}", "image: x", "2:20: servers.echo.image: not built yet", "remove")]
    [InlineData("mock: {}", "type: sse", "2:26: servers.echo.type: servers behind a URL", "command")]
    [InlineData("mock: {}", "mock: {}, rate: {}", "2:30: servers.echo.rate: not built yet", "remove")]
    [InlineData("mock: {}", "mock: { latency: fast }", "2:37: servers.echo.mock.latency: 'fast'", "for example 2s")]
    [InlineData("mock: {}", "mock: { failRate: 2 }", "2:38: servers.echo.mock.failRate: '2'", "0 to 1")]
    [InlineData("mock: {}", "mock: {}, replicas: 0", "2:40: servers.echo.replicas: '0'", "1 to 1,024")]
    [InlineData("mock: {}", "mock: {}, era: new", "2:35: servers.echo.era: 'new'", "use")]
    [InlineData("mock: {}", "command: a, args: b", "2:38: servers.echo.args: must be a list", "[a, b]")]
    [InlineData("mock: {}", "command: a, env: { K: \"${env:PENSTOCK_NO_SUCH}\" }", "2:42: servers.echo.env.K: the environment variable", "export it")]
    [InlineData("mock: {}", "command: \"${input:x}\"", "2:29: servers.echo.command: '${input:x}'", "${env:NAME}")]
    [InlineData("mock: {}", "command: \"${file:no-such}\"", "2:29: servers.echo.command: 'no-such' cannot be read", "check it")]
    [InlineData("{ echo: { mock: {} } }", "{}", "2:10: servers: there is no server", "add one")]
    [InlineData("{ echo:", "{ \"a b\":", "2:12: servers.a b: not a server's name", "A-Z")]
    [InlineData("servers:", "serversFile:", "2:14: serversFile: must be one value", "not a list")]
    [InlineData("range: 10", "range: -1", "3:17: input.range: '-1'", "from 0")]
    [InlineData("range: 10", "path: a.csv", "3:16: input.path: .csv input is not built yet", "JSON lines")]
    [InlineData("range: 10", "path: a, range: 1", "3:8: input: must have exactly one", "give one")]
    [InlineData("range: 10", "path: a, format: csv", "3:19: input.format: not built yet", "remove")]
    [InlineData("tool: echo/echo", "tool: exho/echo", "4:15: call.tool: there is no server 'exho'", "use echo")]
    [InlineData("tool: echo/echo", "tool: echo", "4:15: call.tool: 'echo' is not a tool", "server/tool")]
    [InlineData("\"{{n}}\"", "\"{{m}}\"", "4:42: call.arguments.n: the input has no column 'm'", "it has: n")]
    [InlineData("\"{{n}}\"", "\"{{n\"", "4:42: call.arguments.n: '{{' is never closed", "{{column}}")]
    [InlineData("\"{{n}}\"", "{{n}}", "4:43: a key that is not text", "needs quotes")]
    [InlineData("\"{{n}}\"", "007", "4:42: call.arguments.n: 007 is not a number of JSON", "quotes")]
    [InlineData("{ n: \"{{n}}\" }", "3", "4:37: call.arguments: must be a map", "object")]
    [InlineData("call:", "cal:", "4:1: cal: unknown key", "'call'")]
    [InlineData("output: { path: out.jsonl }", "", "1:1: output: missing", "out.jsonl")]
    [InlineData("path: out.jsonl", "path: '-'", "1:1: errors: missing", "errors.jsonl")]
    [InlineData("path: out.jsonl", "path: out.jsonl, append: true", "5:28: output.append: not built yet", "remove")]
    [InlineData("path: out.jsonl }", "path: o }\nerrors: { path: o }", "6:9: errors: is the output's file", "another path")]
    public void Read_OneProblem_TellsPlacePathCauseAndRemedy(string from, string to, string start, string remedy)
    {
        using var folder = new TempFolder();
        var path = folder.Write("job.yaml", Replace(from, to));

        var (job, problems) = Job.Read(path);

        Assert.Null(job);
        Assert.Contains(problems, p => p.ToString().StartsWith($"{path}:{start}", StringComparison.Ordinal) && p.Message.Contains(remedy, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ManyProblems_TellsAllInTheOrderOfTheText()
    {
        using var folder = new TempFolder();
        var path = folder.Write("job.yaml", """
            version: 3
            servers: { echo: { mock: {}, replicas: x, wat: 1 } }
            input: { range: 1 }
            call: { tool: nope/echo }
            output: { pat: out.jsonl }
            """);

        var problems = Job.Read(path).Problems;

        Assert.Equal(
            ["version", "servers.echo.replicas", "servers.echo.wat", "call.tool", "output.path", "output.pat"],
            problems.Select(static p => p.Path));
    }

    [Theory]
    [InlineData("a: [1,\nb: 2", "not YAML or JSON")]
    [InlineData("a: \"x", "not YAML or JSON")]
    [InlineData("a: *b", "has no anchor")]
    [InlineData("", "the file is empty")]
    [InlineData("- a", "must be a map")]
    [InlineData("version: 1\n---\nversion: 1", "second document")]
    public void Read_NotAJobFile_TellsWhy(string text, string why)
    {
        using var folder = new TempFolder();

        var problems = Job.Read(folder.Write("job.yaml", text)).Problems;

        Assert.Contains(problems, p => p.Message.Contains(why, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_AliasesThatGrowWithoutBound_IsRefusedQuickly()
    {
        using var folder = new TempFolder();
        var lines = Enumerable.Range(1, 30).Select(static i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]");

        var problems = Job.Read(folder.Write("job.yaml", "a0: &a0 x\n" + string.Join('\n', lines))).Problems;

        Assert.Contains("nodes with its aliases", Assert.Single(problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingFile_ThrowsConfig()
    {
        using var folder = new TempFolder();

        var e = Assert.Throws<JobException>(() => Job.Load(folder.Path("none.yaml")));

        Assert.Equal(JobExitCode.Config, e.ExitCode);
        Assert.Contains("no such file", e.Message, StringComparison.Ordinal);
    }

    private static string Replace(string from, string to)
    {
        Assert.Contains(from, Good, StringComparison.Ordinal);
        return Good.Replace(from, to, StringComparison.Ordinal);
    }
}
