using System.Text;
using System.Text.Json;
using Penstock.Cli.Help;
using Penstock.Cli.Verbs;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>The command line, and the verbs that need no rows.</summary>
public sealed class VerbTests
{
    private const string Servers = """{"mcpServers":{"m":{"mock":{}},"other":{"mock":{"seed":2}}}}""";

    [Theory]
    [InlineData("nonsense")]
    [InlineData("run")]
    [InlineData("run", "a", "b")]
    [InlineData("run", "job.yaml", "--nonsense")]
    [InlineData("run", "job.yaml", "--progress", "loud")]
    [InlineData("run", "job.yaml", "--max-failures", "-1")]
    [InlineData("run", "job.yaml", "--max-failures", "some")]
    [InlineData("run", "job.yaml", "--max-failures", "101%")]
    [InlineData("run", "job.yaml", "--limit", "-1")]
    [InlineData("run", "job.yaml", "--sample", "0")]
    [InlineData("run", "job.yaml", "--sample", "200%")]
    [InlineData("run", "job.yaml", "--sample", "%")]
    [InlineData("run", "job.yaml", "--seed", "x")]
    [InlineData("lint")]
    [InlineData("call", "m/echo")]
    [InlineData("call", "echo", "{}", "--servers", "mcp.json")]
    [InlineData("call", "m/echo", "{", "--servers", "mcp.json")]
    [InlineData("call", "m/echo", "[]", "--servers", "mcp.json")]
    [InlineData("call", "none/echo", "{}", "--servers", "mcp.json")]
    [InlineData]
    [InlineData("ruin", "job.yaml")]
    [InlineData("run", "job.yaml", "--report")]
    [InlineData("run", "job.yaml", "--report", "")]
    [InlineData("tools")]
    [InlineData("tools", "none", "--servers", "mcp.json")]
    [InlineData("mock", "--fail-rate", "2")]
    [InlineData("mock", "--fail-rate", "x")]
    [InlineData("mock", "--latency", "soon")]
    [InlineData("mock", "--latency", "25h")]
    [InlineData("mock", "--page-size", "9999999")]
    [InlineData("completion")]
    [InlineData("completion", "tcsh")]
    [InlineData("resume", "job.yaml")]
    [InlineData("bench")]
    public async Task Command_WrongLine_EndsWith64AndSaysWhy(params string[] line)
    {
        using var folder = new JobFolder().WriteEchoJob(1).Write("mcp.json", Servers);
        var end = (await RunningCommand.RunAsync(folder.Path, line)).Expect(64);
        Assert.All(end.Errors.Split('\n')[..^1], static l => Assert.StartsWith("penstock: ", l, StringComparison.Ordinal));
        Assert.NotEmpty(end.Errors);
        Assert.Equal("", end.Output);
    }

    [Theory]
    [InlineData("mock --latency-jitter", "--latency-jitter needs a value: --latency-jitter TIME. A further wait of random length below this, ")]
    [InlineData("mock --era old", "--era 'old' is not valid; use auto, modern, legacy")]
    [InlineData("run job.yaml --agian", "there is no option '--agian'; did you mean '--again'?")]
    [InlineData("tools --server npx -y some-mcp-server", "there is no option '-y'; if it belongs to the server's command, quote that as one word: --server \"npx -y …\"")]
    [InlineData("run --agian job.yaml", "there is no option '--agian'; did you mean '--again'?")]
    [InlineData("run job.yaml more", "'more' is one argument too many; ")]
    [InlineData("run job.yaml --output x.csv", "there is no option '--output'; the job has it: --set output.path=FILE")]
    [InlineData("run job.yaml --dry-run", "there is no option '--dry-run'; penstock lint JOB --connect checks all but the rows, and --limit 10 runs a few of them")]
    [InlineData("--env-file .env run job.yaml", "'--env-file' belongs behind the verb, and before '--' if that is there: penstock run --env-file …")]
    [InlineData("call --server x add a=1 b=2", "'b=2' is one argument too many; arguments are one JSON object: '{\"name\": value, …}'")]
    [InlineData("run job.yaml --progress loud", "--progress 'loud' is not valid; use auto, live, plain, json, none")]
    [InlineData("completion pwsh", "SHELL 'pwsh' is not valid; use bash, zsh, fish")]
    [InlineData("run", "JOB is missing. ")]
    [InlineData("ruin job.yaml", "there is no 'ruin'; did you mean 'run'?")]
    [InlineData("run job.yaml --max-failures a", "--max-failures 'a' is not valid; use 0 or more, or 0% to 100%")]
    [InlineData("--nope", "there is no '--nope'; the verbs are:")]
    public void Of_WrongLine_SaysWhatToWriteInstead(string line, string start)
    {
        var problems = UsageProblems.Of(PenstockCommand.Create().Parse(line.Split(' '))).ToList();
        Assert.StartsWith(start, problems[0], StringComparison.Ordinal);
        Assert.All(problems[1..], static p => Assert.Matches("^  (run|lint|tools|call|mock|init|schema|completion|help) +[A-Z]", p));
    }

    [Theory]
    [InlineData]
    [InlineData("nonsense")]
    public void Of_NoVerb_ListsTheVerbs(params string[] line) =>
        Assert.Equal(
            ["run", "lint", "tools", "call", "mock", "init", "schema", "completion", "help"],
            UsageProblems.Of(PenstockCommand.Create().Parse(line)).Skip(1).Select(static l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));

    [Theory]
    [InlineData("{}", null)]
    [InlineData(" \n", "the arguments are empty; give one JSON object, for example '{\"q\":\"Oslo\"}'")]
    [InlineData("{q:1}", "the arguments are not JSON from line 1, byte 2 on; give one JSON object in single quotes, for example '{\"q\":\"Oslo\"}'")]
    [InlineData("[]", "the arguments must be one JSON object, for example '{\"q\":\"Oslo\"}'")]
    public void WhyNotArguments_Text_IsToldInOurWords(string text, string? problem) => Assert.Equal(problem, CallVerb.WhyNotArguments(text));

    [Theory]
    [InlineData("run", "folder", "penstock: folder: is a folder; give a file\n")]
    [InlineData("run", "", "penstock: the job file: its path is empty; give one\n")]
    [InlineData("run", "nope.yaml", "penstock: nope.yaml: cannot be read: there is no such file; check the path\n")]
    [InlineData("tools", "none.json", "penstock: none.json has no server; add one\n")]
    public async Task Command_WrongFile_EndsWith78AndSaysWhy(string verb, string file, string expected)
    {
        using var folder = new JobFolder().Write("none.json", "{\"mcpServers\":{}}");
        Directory.CreateDirectory(folder.Of("folder"));
        string[] line = verb == "run" ? [verb, file] : [verb, "--servers", file];
        Assert.Equal(expected, (await RunningCommand.RunAsync(folder.Path, line)).Expect(78).Errors);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("--version")]
    [InlineData("run", "--help")]
    [InlineData("mock", "--help")]
    [InlineData("completion", "--help")]
    public async Task Command_Help_GoesToStandardOutput(params string[] line)
    {
        using var folder = new JobFolder();
        var end = (await RunningCommand.RunAsync(folder.Path, line)).Expect(0);
        Assert.NotEmpty(end.Output);
        Assert.Equal("", end.Errors);
    }

    [Fact]
    public void Help_EveryVerb_HasTwoExamples() =>
        Assert.All(PenstockCommand.Create().Subcommands, static v => Assert.True(v.Description!.Split("\n  ").Length > 2, v.Name));

    [Fact]
    public async Task Run_Help_HasTheExitCodes()
    {
        using var folder = new JobFolder();
        Assert.Contains("78   the job file is wrong", (await RunningCommand.RunAsync(folder.Path, "run", "--help")).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lint_WrongFiles_PrintsEveryProblemOfEachFile()
    {
        using var folder = new JobFolder().WriteEchoJob(1).Write("a.yaml", "version: 2\ninput: {}\nzzz: 1").Write("b.yaml", "version: [");
        var end = (await RunningCommand.RunAsync(folder.Path, "lint", "a.yaml", "job.yaml", "b.yaml", "none.yaml")).Expect(78);
        var lines = end.Errors.Split('\n')[..^1];
        Assert.Equal(7, lines.Length);
        Assert.Contains("penstock: a.yaml:1:10: version: '2' is not known here; use 1", lines);
        Assert.Contains("penstock: a.yaml:2:8: input: must have exactly one of 'path' and 'range'; give one", lines);
        Assert.Contains(lines, static l => l.StartsWith("penstock: a.yaml:3:1: zzz: unknown key; ", StringComparison.Ordinal));
        Assert.Contains(lines, static l => l.StartsWith("penstock: b.yaml:", StringComparison.Ordinal));
        Assert.Contains(lines, static l => l.StartsWith("penstock: none.yaml: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lint_RightFile_SaysNothing()
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        var end = (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml")).Expect(0);
        Assert.Equal(("", ""), (end.Output, end.Errors));
    }

    [Fact]
    public async Task Tools_OfAFile_IsATable()
    {
        using var folder = new JobFolder().Write("mcp.json", Servers);
        var all = (await RunningCommand.RunAsync(folder.Path, "tools", "--servers", "mcp.json")).Expect(0).Output.Split('\n');
        Assert.Matches("^SERVER +TOOL +HINTS +DESCRIPTION$", all[0]);
        Assert.Contains(all, static l => l.StartsWith("m ", StringComparison.Ordinal) && l.Contains(" echo ", StringComparison.Ordinal));
        Assert.Contains(all, static l => l.StartsWith("other ", StringComparison.Ordinal));
        var one = (await RunningCommand.RunAsync(folder.Path, "tools", "m", "--servers", "mcp.json")).Expect(0).Output;
        Assert.DoesNotContain("other ", one, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tools_Json_HasTheSchemas()
    {
        using var folder = new JobFolder().Write("mcp.json", Servers);
        using var tools = JsonDocument.Parse((await RunningCommand.RunAsync(folder.Path, "tools", "m", "--servers", "mcp.json", "--json")).Expect(0).OutputBytes);
        var echo = tools.RootElement.EnumerateArray().Single(static t => t.GetProperty("tool").GetString() == "echo");
        Assert.Equal("object", echo.GetProperty("input_schema").GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("job.yaml")]
    [InlineData("mcp.json")]
    public async Task Call_Tool_PrintsItsText(string file)
    {
        using var folder = new JobFolder().WriteEchoJob(1).Write("mcp.json", Servers);
        var end = (await RunningCommand.RunAsync(folder.Path, "call", "m/echo", """{"message":"Tromsø \"x\""}""", "--servers", file)).Expect(0);
        Assert.Equal(("Tromsø \"x\"\n", ""), (end.Output, end.Errors));
    }

    [Fact]
    public async Task Call_Dash_ReadsStandardInput()
    {
        using var folder = new JobFolder().Write("mcp.json", Servers);
        var end = (await RunningCommand.RunAsync(
            folder.Path, Encoding.UTF8.GetBytes("{\"message\":\"Tromsø\"}\n"), "call", "m/echo", "-", "--servers", "mcp.json")).Expect(0);
        Assert.Equal("Tromsø\n", end.Output);
    }

    [Fact]
    public async Task Call_Json_PrintsTheResultItself()
    {
        using var folder = new JobFolder().Write("mcp.json", Servers);
        using var result = JsonDocument.Parse(
            (await RunningCommand.RunAsync(folder.Path, "call", "m/add", """{"a":2,"b":3}""", "--servers", "mcp.json", "--json")).Expect(0).OutputBytes);
        Assert.Equal(5, result.RootElement.GetProperty("structuredContent").GetProperty("sum").GetInt32());
    }

    [Theory]
    [InlineData("m/add", """{"a":"x"}""", "/a must be number, is string")]
    [InlineData("m/sleep", """{"ms":-1}""", "Input validation error")]
    [InlineData("m/none", "{}", "none")]
    public async Task Call_FailingTool_EndsWith1AndSaysWhy(string tool, string arguments, string word)
    {
        using var folder = new JobFolder().Write("mcp.json", Servers);
        var end = (await RunningCommand.RunAsync(folder.Path, "call", tool, arguments, "--servers", "mcp.json")).Expect(1);
        Assert.StartsWith($"penstock: {tool}: ", end.Errors, StringComparison.Ordinal);
        Assert.Contains(word, end.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("job.yaml", "servers")]
    [InlineData("mcp.json", "mcpServers")]
    public async Task Call_Timeout_IsThatOfTheFileOrTheLine(string file, string servers)
    {
        using var folder = new JobFolder().WriteEchoJob(1).Write("mcp.json", Servers);
        string[] set = ["--set", "pipeline.callTimeout=50ms", "--set", $"{servers}.m.mock.latency=1h"];
        var end = (await RunningCommand.RunAsync(folder.Path, ["call", "m/echo", "{\"message\":\"x\"}", "--servers", file, .. set])).Expect(1);
        Assert.Equal($"penstock: m/echo: timeout (executed: maybe): no answer within 50 ms; to wait longer, add --set pipeline.callTimeout=1m, or write it into {file}\n", end.Errors);
    }

    [Fact]
    public async Task Tools_ServersThatCannotBeStarted_AreSkippedWithAWarning()
    {
        using var folder = new JobFolder()
            .Write("mcp.json", "{\"mcpServers\":{\"m\":{\"mock\":{}},\"far\":{\"type\":\"http\",\"url\":\"https://far\"}}} // mine")
            .Write("far.json", "{\"mcpServers\":{\"far\":{\"url\":\"https://far\"}}}");
        var end = (await RunningCommand.RunAsync(folder.Path, "tools", "--servers", "mcp.json")).Expect(0);
        Assert.Equal("penstock: server 'far' is skipped: servers behind a URL are not built yet; use a command\n", end.Errors);
        Assert.Contains("echo", end.Output, StringComparison.Ordinal);
        var none = (await RunningCommand.RunAsync(folder.Path, "tools", "--servers", "far.json")).Expect(78);
        Assert.Equal(
            "penstock: server 'far' is skipped: servers behind a URL are not built yet; use a command\npenstock: far.json has no server that can be started here; add one\n",
            none.Errors);
    }

    [Fact]
    public async Task Call_Set_IsLaidOverTheFile()
    {
        using var folder = new JobFolder().Write("mcp.json", Servers);
        (await RunningCommand.RunAsync(
            folder.Path, "call", "m/echo", "{\"message\":\"x\"}", "--servers", "mcp.json", "--set", "mcpServers.m={ command: no-such-program-of-anyone }")).Expect(69);
        (await RunningCommand.RunAsync(folder.Path, "call", "m/echo", "{\"message\":\"x\"}", "--servers", "mcp.json", "--set", "mcpServers.m.zzz=1")).Expect(78);
    }
}
