using System.Text.Json;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary><c>tools</c> and <c>call</c> with a server that is in no file.</summary>
public sealed class ServerOptionTests
{
    private static string Mock => $"'{RunningCommand.Path}' mock";

    [Fact]
    public async Task Tools_Server_ListsItsTools()
    {
        using var folder = new JobFolder();
        var end = (await RunningCommand.RunAsync(folder.Path, "tools", "--server", Mock)).Expect(0);
        Assert.Equal("", end.Errors);
        Assert.Contains(end.Output.Split('\n'), static l => l.StartsWith("mock ", StringComparison.Ordinal) && l.Contains(" echo ", StringComparison.Ordinal));
        using var tools = JsonDocument.Parse((await RunningCommand.RunAsync(folder.Path, "tools", "--json", "--server", Mock)).Expect(0).OutputBytes);
        Assert.Equal("mock", tools.RootElement[0].GetProperty("server").GetString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("mock/echo")]
    public async Task Call_Server_CallsTheTool(string tool)
    {
        using var folder = new JobFolder();
        var end = (await RunningCommand.RunAsync(folder.Path, "call", "--server", Mock, tool, "{\"message\":\"Tromsø\"}")).Expect(0);
        Assert.Equal(("Tromsø\n", ""), (end.Output, end.Errors));
    }

    [Fact]
    public async Task Call_ServerThatIsSlow_SaysWhatToAdd()
    {
        using var folder = new JobFolder();
        string[] line = ["call", "echo", "--server", $"{Mock} --latency 1h", "--set", "pipeline.callTimeout=30s", "--set", "pipeline.callTimeout=20ms"];
        var end = (await RunningCommand.RunAsync(folder.Path, line)).Expect(1);
        Assert.EndsWith("no answer within 20 ms; to wait longer, add --set pipeline.callTimeout=1m\n", end.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_OneServerInTheFile_NeedsNoServersName()
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        Assert.Equal("x\n", (await RunningCommand.RunAsync(folder.Path, "call", "echo", "{\"message\":\"x\"}", "--servers", "job.yaml")).Expect(0).Output);
    }

    [Theory]
    [InlineData("tools")]
    [InlineData("tools", "--server", "x", "--servers", "job.yaml")]
    [InlineData("call", "m/echo", "{}")]
    [InlineData("call", "m/echo", "{}", "--server", "x", "--servers", "job.yaml")]
    public async Task Verb_NeitherOrBothOptions_EndsWith64AndOneLine(params string[] line)
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        var end = (await RunningCommand.RunAsync(folder.Path, line)).Expect(64);
        Assert.Equal(("", "penstock: give exactly one of --server \"CMD ARGS…\" and --servers FILE\n"), (end.Output, end.Errors));
    }

    [Theory]
    [InlineData("", "--server names no program; write --server \"npx -y some-mcp-server\"")]
    [InlineData("npx 'a", "--server has a quote that is never closed; close it")]
    [InlineData("https://example.org/mcp", "--server takes a command; servers behind a URL are not built yet, and https://example.org/mcp is one")]
    public async Task Tools_LineWithoutProgram_EndsWith64AndSaysWhatToWrite(string command, string problem)
    {
        using var folder = new JobFolder();
        Assert.Equal($"penstock: {problem}\n", (await RunningCommand.RunAsync(folder.Path, "tools", "--server", command)).Expect(64).Errors);
    }

    [Fact]
    public async Task Call_ServerThatIsNotThere_EndsWith69AndNamesTheCommand()
    {
        using var folder = new JobFolder();
        var end = (await RunningCommand.RunAsync(folder.Path, "call", "--server", "no-such-program-of-anyone", "echo")).Expect(69);
        Assert.Contains("no-such-program-of-anyone", end.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("servers.json", end.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tools --server npx -y")]
    [InlineData("call --server npx -y some-mcp-server")]
    [InlineData("call --server npx -y some-mcp-server echo {}")]
    public async Task Verb_CommandWithoutQuotes_EndsWith64AndSaysHowToQuoteIt(string line)
    {
        using var folder = new JobFolder();
        var end = (await RunningCommand.RunAsync(folder.Path, line.Split(' '))).Expect(64);
        Assert.StartsWith("penstock: there is no option '-y'; if it belongs to the server's command, quote that as one word: --server \"npx -y …\"\n", end.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("call", "echo", "'echo' does not say which server's; write it as server/tool, with one of: m, n")]
    [InlineData("call", "zzz/echo", "mcp.json has no server 'zzz'; it has: m, n")]
    [InlineData("call", "m/", "'m/' is not a tool; write it as server/tool")]
    public async Task Verb_SeveralServers_SaysWhichThereAre(string verb, string tool, string problem)
    {
        using var folder = new JobFolder().Write("mcp.json", """{"mcpServers":{"m":{"mock":{}},"n":{"mock":{}}}}""");
        Assert.Equal($"penstock: {problem}\n", (await RunningCommand.RunAsync(folder.Path, verb, tool, "--servers", "mcp.json")).Expect(64).Errors);
    }
}
