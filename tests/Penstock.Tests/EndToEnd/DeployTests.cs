using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>One outcome per server, whatever the user's own code does on the way.</summary>
public sealed class DeployTests
{
    [Fact]
    public async Task DeployManyAsync_TransportCannotBeChecked_IsOneOutcomeAndLaterDeploymentsWork()
    {
        using var server = new LoopbackServer();
        var pipeline = new ToolPipelineBuilder().Build();
        var report = await pipeline.Fleet
            .DeployManyAsync([new ServerOptions("bad") { Transport = new Unruly() }, new ServerOptions("good") { Transport = server.Transport }])
            .WaitAsync(Fleets.Hang);
        Assert.Equal((ServerState.Failed, "bad"), (report.Servers[0].State, report.Servers[0].Name));
        Assert.Contains("cannot be checked: no settings", report.Servers[0].Failure, StringComparison.Ordinal);
        Assert.Equal("Unruly", report.Servers[0].Transport);
        Assert.Equal(ServerState.Up, report.Servers[1].State);
        var later = new ServerOptions("later") { Transport = server.Transport };
        Assert.Equal(ServerState.Up, (await pipeline.Fleet.DeployAsync(later).WaitAsync(Fleets.Hang)).State);
        await pipeline.DisposeAsync().AsTask().WaitAsync(Fleets.Hang);
        Assert.Equal((0, 0, 0, 0), pipeline.Leased);
    }

    [Fact]
    public async Task DeployManyAsync_AServerIsNull_ThrowsAndDeploysNothing()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Build();
        await Assert.ThrowsAsync<ArgumentException>(
            () => pipeline.Fleet.DeployManyAsync([new ServerOptions("good") { Transport = server.Transport }, null!]).WaitAsync(Fleets.Hang));
        Assert.Empty(pipeline.Fleet.List());
    }

    /// <summary>A server lives longer than the request or activity that deploys it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeployAsync_CallerHasAmbientValues_TheServerDoesNotKeepThem(bool isSuppressed)
    {
        var ambient = new AsyncLocal<string?>();
        var transport = new Asks(() => ambient.Value ?? "nothing");
        await using var pipeline = new ToolPipelineBuilder().Build();
        Task<DeployReport> deployed;
        ambient.Value = "the request";
        using (isSuppressed ? ExecutionContext.SuppressFlow() : default)
        {
            deployed = pipeline.Fleet.DeployManyAsync([new ServerOptions("s") { Transport = transport, Restart = { CrashLoopLimit = 1 } }]);
        }

        Assert.Contains("carries nothing;", (await deployed.WaitAsync(Fleets.Hang)).Servers[0].Failure + ";", StringComparison.Ordinal);
        Assert.Equal("the request", ambient.Value);
    }

    [Fact]
    public void ServerOptions_NameIsNull_Throws() => Assert.Throws<ArgumentNullException>(static () => new ServerOptions(null!));

    [Fact]
    public void Build_TransportCannotBeChecked_IsListedWithTheOtherProblems()
    {
        var builder = new ToolPipelineBuilder()
            .AddServer("bad", static s => s.Transport = new Unruly())
            .AddServer("worse", static s => s.Replicas = 0);
        var problems = Assert.Throws<PipelineConfigurationException>(() => builder.Build()).Problems;
        Assert.Contains("Server 'bad': the transport's settings cannot be checked: no settings", problems);
        Assert.Equal(3, problems.Count);
    }

    [Fact]
    public async Task Build_OptionsChangedLater_HaveNoEffect()
    {
        using var server = new LoopbackServer();
        var options = new ServerOptions("s") { Transport = server.Transport };
        PipelineOptions? kept = null;
        var builder = new ToolPipelineBuilder().AddServer(options).Configure(o => kept = o);
        options.Replicas = 0;
        await using var pipeline = builder.Build();
        kept!.Clock = null!;
        kept.StartConcurrency = -1;
        builder.AddServer("late", s => s.Transport = server.Transport);
        var status = Assert.Single((await pipeline.StartAsync().WaitAsync(Fleets.Hang)).Servers);
        Assert.Equal((ServerState.Up, 1), (status.State, status.Replicas));
        Assert.All(await pipeline.RunAsync(Fleets.Echoes("s", 10)).WaitAsync(Fleets.Hang), static r => Assert.True(r.IsSuccess));

        var deployed = new ServerOptions("d") { Transport = server.Transport };
        await pipeline.Fleet.DeployAsync(deployed).WaitAsync(Fleets.Hang);
        deployed.MaxRequestBytes = 0;
        Assert.True((await pipeline.CallAsync("d/echo", """{"message":"m"}""")).IsSuccess);
    }

    private sealed class Asks(Func<string> question) : CallTransport
    {
        public override string ToString() => "asks";

        protected internal override ValueTask<CallChannel> ConnectAsync(CancellationToken stop) => throw new IOException($"carries {question()}");
    }

    private sealed class Unruly : CallTransport
    {
        public override string ToString() => throw new InvalidOperationException("no name");

        protected internal override void Validate(string where, ICollection<string> problems) => throw new InvalidOperationException("no settings");

        protected internal override ValueTask<CallChannel> ConnectAsync(CancellationToken stop) => throw new IOException("no channel");
    }
}
