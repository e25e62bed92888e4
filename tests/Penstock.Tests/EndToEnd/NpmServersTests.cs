using System.Text;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>Servers that other people wrote, over real pipes: started, asked for their tools, called many times at once, stopped.</summary>
public sealed class NpmServersTests
{
    private const int Calls = 200;

    [RequiresNodeFact("@modelcontextprotocol/server-everything")]
    public Task ExecuteAsync_ServerEverything_AnswersEveryCall() =>
        CallAsync("mcp-server-everything", ["stdio"], "echo", static i => $$"""{"message":"row {{i}}"}""", static (i, text) => text.Contains($"row {i}", StringComparison.Ordinal));

    [RequiresNodeFact("@modelcontextprotocol/server-memory")]
    public Task ExecuteAsync_ServerMemory_AnswersEveryCall() =>
        CallAsync("mcp-server-memory", [], "search_nodes", static i => $$"""{"query":"nobody {{i}}"}""", static (_, text) => text.Contains("entities", StringComparison.Ordinal));

    [RequiresNodeFact("@modelcontextprotocol/server-sequential-thinking")]
    public Task ExecuteAsync_ServerSequentialThinking_AnswersEveryCall() =>
        CallAsync(
            "mcp-server-sequential-thinking",
            [],
            "sequentialthinking",
            static i => $$"""{"thought":"{{i}}","nextThoughtNeeded":false,"thoughtNumber":1,"totalThoughts":1}""",
            static (_, text) => text.Contains("thoughtNumber", StringComparison.Ordinal));

    [RequiresNodeFact("mcp-hello-world")]
    public Task ExecuteAsync_HelloWorld_AnswersEveryCall() =>
        CallAsync("mcp-hello-world", [], "echo", static i => $$"""{"message":"row {{i}}"}""", static (i, text) => text.Contains($"row {i}", StringComparison.Ordinal));

    [RequiresNodeFact("@modelcontextprotocol/server-filesystem")]
    public async Task ExecuteAsync_ServerFilesystem_AnswersEveryCall()
    {
        var folder = Directory.CreateTempSubdirectory("penstock-");
        try
        {
            for (var i = 0; i < Calls; i++)
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{i}.txt"), $"file {i}");
            }

            await CallAsync(
                "mcp-server-filesystem",
                [folder.FullName],
                "read_text_file",
                i => $$"""{"path":"{{folder.FullName}}/{{i}}.txt"}""",
                static (i, text) => text.StartsWith($"file {i}", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task CallAsync(string program, string[] arguments, string tool, Func<int, string> row, Func<long, string, bool> isRight)
    {
        // Far beyond what a start takes on a busy machine: it only keeps a hanging server from hanging the run.
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await using var pipeline = new ToolPipelineBuilder()
            .AddServer("npm", s =>
            {
                s.Transport = Transport.Stdio(NpmPackages.Program(program), arguments);
                s.ConnectTimeout = TimeSpan.FromMinutes(4);
            })
            .Configure(static o => o.CallTimeout = TimeSpan.FromMinutes(2))
            .Build();
        var report = await pipeline.StartAsync(limit.Token);
        Assert.True(report.IsComplete, report.Servers[0].Failure);
        Assert.Contains(report.Servers[0].Tools, t => t.Name == tool);

        var seen = new bool[Calls];
        var calls = Enumerable.Range(0, Calls).Select(i => new ToolCall($"npm/{tool}", Encoding.UTF8.GetBytes(row(i))));
        await foreach (var result in pipeline.ExecuteAsync(calls, limit.Token))
        {
            var text = result.GetText();
            Assert.True(result.IsSuccess && isRight(result.Ordinal, text), $"call {result.Ordinal}: {result.Fault}: {text}");
            Assert.False(seen[result.Ordinal], "a call ends once");
            seen[result.Ordinal] = true;
        }

        Assert.DoesNotContain(false, seen);
        await pipeline.StopAsync(limit.Token);
    }
}
