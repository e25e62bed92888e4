using Penstock.Jobs.Running;
using Penstock.Testing;
using Xunit;

namespace Penstock.Jobs.Tests.Running;

/// <summary>A job whose tool or template cannot serve any row ends before its first.</summary>
public sealed class ToolCheckRunTests : JobRun
{
    [Fact]
    public async Task RunAsync_ToolIsMistyped_EndsBeforeTheFirstRowAndKeepsEarlierOutput()
    {
        using var server = new LoopbackServer();
        Folder.Write("out.jsonl", "kept\n");

        var e = await Assert.ThrowsAsync<JobException>(() => RunAsync(server, "echoo", "{ message: \"{{n}}\" }", again: true));

        Assert.Equal(JobExitCode.Config, e.ExitCode);
        Assert.Equal(
            Folder.Of("job.yaml") + ":4:15: call.tool: server 'echo' has no tool 'echoo'; did you mean 'echo'? It has: echo, add, sleep, fail",
            Assert.Single(e.Problems));
        Assert.Equal("kept\n", await File.ReadAllTextAsync(Output));
        Assert.False(File.Exists(Errors));
        Assert.Equal(0, server.CallsReceived);
    }

    [Fact]
    public async Task RunAsync_TemplateDoesNotFit_TellsAllAtOnce()
    {
        using var server = new LoopbackServer();

        var e = await Assert.ThrowsAsync<JobException>(() => RunAsync(server, "add", "{ a: one }"));

        Assert.Equal(["add requires 'b' (number); add it", "add asks for number, and this is string"], e.Problems.Select(static p => p.Split(": ")[2].Split("; write")[0]));
        Assert.False(File.Exists(Output));
    }

    [Fact]
    public async Task RunAsync_ValidateIsOff_SendsTheRows()
    {
        using var server = new LoopbackServer();
        Assert.Equal(2, (await RunAsync(server, "add", "{ a: one }", "validate: false")).Failed);
        Assert.Equal(2, server.CallsExecuted);
    }

    [Fact]
    public async Task RunAsync_ToolsAreNotListed_GoesOn()
    {
        var engine = new FakeEngine(static (_, _) => Outcome.Ok()) { Servers = [FakeEngine.Status("echo", ServerState.Up)] };
        Assert.Equal(3, (await RunAsync("range: 3", engine)).Ok);
    }

    [Fact]
    public async Task RunAsync_ToolsServerIsLost_IsNoBusinessOfTheCheck()
    {
        var engine = new FakeEngine(static (_, _) => Outcome.Failed(FaultType.Connection, FaultOrigin.Local, "no such file"))
        {
            Servers = [FakeEngine.Status("geo", ServerState.Up) with { Tools = [new ToolDescription { Name = "other" }] }, FakeEngine.Status("echo", ServerState.Failed)],
        };
        Assert.Equal(3, (await RunAsync("range: 3", engine)).Failed);
    }

    private async Task<JobSummary> RunAsync(LoopbackServer server, string tool, string arguments, string more = "validate: true", bool again = false)
    {
        var job = Job.Load(Folder.Write("job.yaml", $$"""
            version: 1
            servers: { echo: { mock: {}, {{more}} } }
            input: { range: 2 }
            call: { tool: echo/{{tool}}, arguments: {{arguments}} }
            output: { path: {{Output}} }
            """));
        var pipeline = new ToolPipelineBuilder().AddServer("echo", s =>
        {
            s.Transport = server.Transport;
            s.ValidateArguments = job.Servers[0].ValidateArguments != false;
        }).Build();
        return await new JobRunner(job, new JobRunOptions { Again = again }, (_, _) => JobEngine.Of(pipeline)).RunAsync().WaitAsync(Hang);
    }
}
