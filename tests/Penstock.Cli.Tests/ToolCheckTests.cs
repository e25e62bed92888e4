using System.Globalization;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>Jobs that could serve no row: told by lint, with and without servers of their own, and by run before the first row.</summary>
public sealed class ToolCheckTests
{
    [Fact]
    public async Task Run_ToolIsMistyped_EndsWith78AndTouchesNoFile()
    {
        using var folder = Folder("m/ecko", "{ message: \"{{n}}\" }").Write("out.jsonl", "kept\n");

        var end = (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--again", "--progress", "none")).Expect(78);

        Assert.Equal("penstock: job.yaml:4:15: call.tool: server 'm' has no tool 'ecko'; did you mean 'echo'? It has: echo, add, sleep, fail\n", end.Errors);
        Assert.Equal("kept\n", await File.ReadAllTextAsync(folder.Of("out.jsonl")));
        Assert.False(File.Exists(folder.Of("out.errors.jsonl")));
    }

    [Fact]
    public async Task Lint_MockServer_TellsTheSameAsRun()
    {
        using var folder = Folder("m/add", "{ a: \"{{n}}\", bb: one }");
        const string Told = "penstock: job.yaml:4:33: call.arguments: add requires 'b' (number); did you mean it by 'bb' (4:47)?\n";
        Assert.Equal(Told, (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml")).Expect(78).Errors);
        Assert.Equal(Told, (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none")).Expect(78).Errors);
        Assert.Equal("", (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml", "--set", "call.arguments={ a: \"{{n}}\", b: 1 }")).Expect(0).Errors);
    }

    [Fact]
    public async Task Lint_Connect_StartsTheServersAndStopsThem()
    {
        using var folder = Folder("m/add", "{ a: 1 }", string.Create(CultureInfo.InvariantCulture, $"command: {RunningCommand.Path}, args: [mock]"));
        Assert.Equal("", (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml")).Expect(0).Errors);

        var end = (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml", "--connect")).Expect(78);

        Assert.Contains("call.arguments: add requires 'b' (number); add it", end.Errors, StringComparison.Ordinal);
        Assert.Single(end.Errors.Split('\n')[..^1]);
        Assert.False(File.Exists(folder.Of("out.jsonl")));
        Assert.Equal("", (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml", "--connect", "--set", "call.arguments.b=2")).Expect(0).Errors);
    }

    [Fact]
    public async Task Lint_ConnectWithServersThatDoNotStart_TellsEachOnce()
    {
        using var folder = new JobFolder().Write("job.yaml", """
            version: 1
            servers:
              gone: { command: no-such-program-of-anyone }
              mute: { command: sleep, args: [1000], connectTimeout: 100ms, stopGrace: 0ms }
            input: { range: 1 }
            call: { tool: gone/echo }
            output: { path: out.jsonl }
            """);

        var end = (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml", "--connect")).Expect(78);

        Assert.Equal(
            """
            penstock: job.yaml:3:20: servers.gone.command: there is no 'no-such-program-of-anyone' on PATH; install it, or give its full path
            penstock: job.yaml:4:9: servers.mute: did not start: given up after 2 failed starts in a row; the last: not ready within 0.1 s

            """,
            end.Errors);
    }

    [Fact]
    public async Task Run_CommandIsNotThere_EndsWith69WithoutTryingAgain()
    {
        using var folder = Folder("m/echo", "{ message: \"{{n}}\" }", "command: npxx, args: [x]");
        var end = (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none")).Expect(69);
        Assert.Equal("penstock: server 'm' did not start: command 'npxx' was not found on PATH; install it or give its full path.\n", end.Errors);
    }

    private static JobFolder Folder(string tool, string arguments, string server = "mock: {}") => new JobFolder().Write(
        "job.yaml",
        $$"""
        version: 1
        servers: { m: { {{server}} } }
        input: { range: 3000 }
        call: { tool: {{tool}}, arguments: {{arguments}} }
        output: { path: out.jsonl }
        """);
}
