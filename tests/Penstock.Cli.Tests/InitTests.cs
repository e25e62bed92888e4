using Penstock.Cli.Init;
using Penstock.Cli.Servers;
using Penstock.Cli.Tests.EndToEnd;
using Penstock.Cli.Text;
using Penstock.Tests.EndToEnd;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary><c>penstock init</c>, <c>schema</c> and <c>--env-file</c>.</summary>
public sealed class InitTests
{
    private static string Mock => $"'{RunningCommand.Path}' mock";

    [Fact]
    public async Task Init_ToolAndTable_WritesAJobThatRuns()
    {
        using var folder = new JobFolder().Write("rows.csv", "A;other;b\n1;x;2\n");
        var end = (await RunningCommand.RunAsync(folder.Path, "init", "--server", Mock, "--tool", "add", "--input", "rows.csv")).Expect(0);
        Assert.Equal("job.yaml is written; look through it, then: penstock run job.yaml\n", end.Output);
        var text = await File.ReadAllTextAsync(folder.Of("job.yaml"));
        Assert.Contains("    a: \"{{A}}\"   # required, number\n    b: \"{{b}}\"   # required, number\n", text, StringComparison.Ordinal);
        Assert.Contains("  # columns that are not sent: other\n", text, StringComparison.Ordinal);
        Assert.Equal("", (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml")).Expect(0).Errors);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none")).Expect(0);
        Assert.Single(folder.Records("out.jsonl"));
    }

    [Fact]
    public async Task Init_NoColumnForARequiredArgument_LeavesALineAndSaysSo()
    {
        using var folder = new JobFolder().Write("rows.jsonl", "\n{\"a\":1,\"zzz\":2}\n");
        var end = (await RunningCommand.RunAsync(folder.Path, "init", "--server", Mock, "--tool", "add", "--input", "rows.jsonl", "-")).Expect(0);
        Assert.Contains("    b: \"{{?}}\"   # required, number: choose a column\n", end.Output, StringComparison.Ordinal);
        Assert.Equal("penstock: choose a column for: b (line 18)\n", end.Errors);
        Assert.False(File.Exists(folder.Of("job.yaml")));
        var written = (await RunningCommand.RunAsync(folder.Path, "init", "--server", Mock, "--tool", "add", "--input", "rows.jsonl")).Expect(0);
        Assert.Equal("job.yaml is written; choose a column for: b (line 18)\n", written.Output);
        Assert.Equal(
            "penstock: job.yaml:18:8: call.arguments.b: '{{?}}' is a column still to be chosen; write its name\n",
            (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml")).Expect(78).Errors);
    }

    [Theory]
    [InlineData("rows.csv", "a,b,sum\n1,2,x\n")]
    [InlineData("rows.jsonl", "{\"a\":1,\"b\":2,\"sum\":0}\n")]
    public async Task Init_OutputIsATable_AppendsToTheInputsColumns(string input, string rows)
    {
        using var folder = new JobFolder().Write(input, rows);
        (await RunningCommand.RunAsync(folder.Path, "init", "--server", Mock, "--tool", "add", "--input", input, "--output", "out.csv")).Expect(0);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none")).Expect(0);
        Assert.Contains("3", await File.ReadAllTextAsync(folder.Of("out.csv")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--output: is the input's file; give it another path", "--output", "rows.csv")]
    [InlineData("--output: compressed records are not built yet; drop the .gz", "--output", "out.jsonl.gz")]
    [InlineData("--output: there is no folder nofolder; create it, or give another path", "--output", "nofolder/x.jsonl")]
    [InlineData("rows.csv is rows.csv, which the job file would overwrite; give another name", "rows.csv", "--force")]
    [InlineData("JOB is an empty name; give the file to write, or - to print it", "")]
    public async Task Init_JobThatLintWouldRefuse_IsNotWritten(string problem, params string[] more)
    {
        using var folder = new JobFolder().Write("rows.csv", "a,b\n1,2\n");
        var end = (await RunningCommand.RunAsync(folder.Path, ["init", "--server", Mock, "--tool", "add", "--input", "rows.csv", .. more])).Expect(64);
        Assert.Equal($"penstock: {problem}\n", end.Errors);
        Assert.Equal("a,b\n1,2\n", await File.ReadAllTextAsync(folder.Of("rows.csv")));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Init_NamesThatAShellWouldSplit_PrintsACommandToPaste()
    {
        using var folder = new JobFolder().Write("rows.csv", "a,b\n1,2\n").Write("my.env", "").Write("sf.yaml", "serversFile: mcp.json\n")
            .Write("mcp.json", $"{{\"mcpServers\":{{\"z\":{{\"command\":\"{RunningCommand.Path}\",\"args\":[\"mock\"]}}}}}}");
        var end = await RunningCommand.RunAsync(folder.Path, "init", "my job.yaml", "--servers", "sf.yaml", "--tool", "add", "--input", "rows.csv", "--output", "/dev/stdout", "--env-file", "my.env");
        Assert.Equal("my job.yaml is written; look through it, then: penstock run 'my job.yaml' --env-file my.env\n", end.Expect(0).Output);
        (await RunningCommand.RunAsync(folder.Path, "lint", "my job.yaml")).Expect(0);
    }

    [Theory]
    [InlineData("rows.jsonl", new byte[] { (byte)'{', (byte)'"', 0xDF, (byte)'"', (byte)':', (byte)'1', (byte)'}', (byte)'\n' })]
    [InlineData("rows.jsonl.gz", new byte[] { 0x1F, 0x8B, 8, 0, 1, 2, 3 })]
    public async Task Init_InputThatIsNoText_EndsWith65(string name, byte[] bytes)
    {
        using var folder = new JobFolder();
        await File.WriteAllBytesAsync(folder.Of(name), bytes);
        (await RunningCommand.RunAsync(folder.Path, "init", "--server", Mock, "--tool", "add", "--input", name)).Expect(65);
    }

    [Fact]
    public async Task Init_SeveralMistakes_TellsAllOfThem()
    {
        using var folder = new JobFolder();
        var errors = (await RunningCommand.RunAsync(folder.Path, "init", "--server", Mock, "--tool", "ad")).Expect(64).Errors;
        Assert.StartsWith("penstock: --input is missing", errors, StringComparison.Ordinal);
        Assert.Contains("penstock: there is no tool 'ad'; did you mean 'add'?\n", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("npx -y @modelcontextprotocol/server-everything stdio", "everything")]
    [InlineData("npx -y @scope/mcp-server-foo@1.2", "foo")]
    [InlineData("foo-mcp", "foo")]
    [InlineData("/usr/bin/penstock mock --latency 5ms", "mock")]
    [InlineData("node dist/weather.js", "weather")]
    [InlineData("npx -y mcp-server", "server")]
    [InlineData("docker run -i --rm -e GITHUB_TOKEN=ghp_secret ghcr.io/x/github-mcp-server:latest", "github")]
    [InlineData("docker run -i --name hidden -v /home:/data -e KEY mcp/fetch", "fetch")]
    [InlineData("env API_KEY=sk-secret npx -y weather-mcp", "weather")]
    public void Of_Command_GuessesAName(string line, string name) => Assert.Equal(name, ServerName.Of(ShellWords.Split(line)!));

    [Fact]
    public async Task Init_ServerOfAFile_RefersToItsSecrets()
    {
        using var folder = new JobFolder()
            .Write("rows.csv", "a,b\n1,2\n")
            .Write("more.env", "# mine\nexport KEY='hush-hush'\n")
            .Write("mcp.json", "{\"mcpServers\":{\"calc\":{\"command\":\"" + RunningCommand.Path + "\",\"args\":[\"mock\"],\"env\":{\"KEY\":\"hush-hush\"},\"autoApprove\":[\"add\"]}}} // mine");
        var end = (await RunningCommand.RunAsync(folder.Path, "init", "--servers", "mcp.json", "--tool", "calc/add", "--input", "rows.csv")).Expect(0);
        Assert.Equal("penstock: the value of KEY is not copied from mcp.json; export it, or put it in an --env-file, before the run\n", end.Errors);
        var text = await File.ReadAllTextAsync(folder.Of("job.yaml"));
        Assert.DoesNotContain("hush", text, StringComparison.Ordinal);
        Assert.Contains("      KEY: \"${env:KEY}\"\n", text, StringComparison.Ordinal);
        (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml")).Expect(78);
        (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml", "--env-file", "more.env")).Expect(0);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--env-file", "more.env")).Expect(0);
        folder.Write("bad.env", "KEY\n");
        Assert.StartsWith("penstock: bad.env:1:4: no '='", (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--env-file", "bad.env")).Expect(78).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_NoTool_ListsThem()
    {
        using var folder = new JobFolder().Write("rows.csv", "a,b\n").Write("job.yaml", "mine");
        var end = (await RunningCommand.RunAsync(folder.Path, "init", "--server", Mock, "--force")).Expect(64);
        Assert.StartsWith("penstock: choose a tool with --tool:\npenstock:   echo ", end.Errors, StringComparison.Ordinal);
        var near = (await RunningCommand.RunAsync(folder.Path, "init", "--server", Mock, "--tool", "ad", "--input", "rows.csv", "-")).Expect(64);
        Assert.StartsWith("penstock: there is no tool 'ad'; did you mean 'add'?\n", near.Errors, StringComparison.Ordinal);
        var there = (await RunningCommand.RunAsync(folder.Path, "init", "--server", Mock, "--tool", "add", "--input", "rows.csv")).Expect(64);
        Assert.Equal("penstock: job.yaml exists already; use --force to overwrite it, or give another name\n", there.Errors);
        Assert.Equal("mine", await File.ReadAllTextAsync(folder.Of("job.yaml")));
    }

    [RequiresNodeFact(RealServer.Package)]
    public async Task Init_RealServer_WritesAJobThatRuns()
    {
        using var folder = new JobFolder().Write("rows.csv", "Message\nhello\n");
        (await RunningCommand.RunAsync(folder.Path, "init", "--server", $"node '{RealServer.Script}' stdio", "--tool", "echo", "--input", "rows.csv")).Expect(0);
        (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml")).Expect(0);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml")).Expect(0);
    }

    [Fact]
    public async Task Schema_Verb_PrintsTheSchema()
    {
        using var folder = new JobFolder();
        Assert.Equal(Jobs.JobSchema.Text, (await RunningCommand.RunAsync(folder.Path, "schema")).Expect(0).Output);
    }

    /// <summary>Whatever columns, commands and paths are called, the file reads back as what was meant.</summary>
    [Fact]
    public void Scalar_RandomText_ReadsBackAsItself()
    {
        string[] pieces = ["a", "Z", "0", "-", "~", "null", "true", "#", ": ", ":", " ", "\n", "\r", "\t", "\"", "'", "\\", "{", "}", "[", "]", ",", "&", "*", "!", "|", ">", "%", "@", "`", "ø", "😀", "\u2028", "\u0085", "\uFEFF", "\u0001", "\u007f", "?", "= "];
        for (var seed = 0; seed < 3_000; seed++)
        {
            var random = new Random(seed);
            var text = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => pieces[random.Next(pieces.Length)]));
            var problems = new Jobs.Config.ProblemList();
            var node = Jobs.Config.ConfigText.Parse($"a:\n  {YamlText.Scalar(text)}: {YamlText.Scalar(text)}   # b\n", "f", problems)?.Find("a");
            Assert.True(node is { Entries: [var entry] } && entry.Key == text && entry.Value.Text == text && !entry.Value.IsNull, $"seed {seed}: {YamlText.Scalar(text)}");
        }
    }

    [Theory]
    [InlineData("npx -y  a", "npx|-y|a")]
    [InlineData("'a b' \"c \\\"d\" e\\ f \"\"", "a b|c \"d|e f|")]
    [InlineData("a'b'c", "abc")]
    [InlineData("a 'b", null)]
    public void Split_Line_IsWhatAShellMakesOfIt(string line, string? words) =>
        Assert.Equal(words, ShellWords.Split(line) is { } split ? string.Join('|', split) : null);

    [Theory]
    [InlineData("street,postCode,limit", "STREET,post_code,limits,street2", "street=STREET,postCode=post_code,limit=limits?")]
    [InlineData("q,id", "a,b", "")]
    [InlineData("name,note", "note,nome", "note=note,name=nome?")]
    public void Find_Names_MatchesTheNearest(string properties, string columns, string expected)
    {
        var found = ColumnMatch.Find(properties.Split(','), columns.Split(','));
        Assert.Equal(
            expected.Split(',', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
            found.Select(static m => $"{m.Key}={m.Value.Column}{(m.Value.IsGuess ? "?" : "")}").Order(StringComparer.Ordinal));
    }
}
