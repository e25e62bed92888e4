using Xunit;

namespace Penstock.Testing.Tests.Loopback;

public sealed class LoopbackServerTests
{
    [Fact]
    public async Task Counters_AfterCalls_TellWhatHappened()
    {
        using var server = new LoopbackServer(new MockServerOptions { RecordsCalls = true });
        await using var client = await RawClient.ConnectAsync(server);

        await client.AskAsync(RawClient.ModernCall(1, "echo", """{"n":1}"""));
        await client.AskAsync(RawClient.ModernCall(2, "add", """{"a":1,"b":2}"""));
        await client.AskAsync(RawClient.ModernCall(3, "none", "{}"));

        Assert.Equal((1, 3, 2, 1), (server.Connections, server.CallsReceived, server.CallsExecuted, server.CallsExecutedBy("add")));
        Assert.Equal([new ExecutedCall("echo", """{"n":1}"""), new ExecutedCall("add", """{"a":1,"b":2}""")], server.ExecutedCalls);
        Assert.Throws<KeyNotFoundException>(() => server.CallsExecutedBy("none"));
        Assert.Equal("loopback:penstock-mock", server.Transport.ToString());
    }

    [Fact]
    public async Task OnExecuted_WhenSet_IsToldBeforeTheAnswer()
    {
        var seen = new List<string>();
        using var server = new LoopbackServer(new MockServerOptions { OnExecuted = c => seen.Add($"{c.Tool} {c.Arguments}") });
        await using var client = await RawClient.ConnectAsync(server);

        await client.AskAsync(RawClient.ModernCall(1, "echo", """{"n":1}"""));

        Assert.Equal(["""echo {"n":1}"""], seen);
        Assert.Empty(server.ExecutedCalls);
    }

    [Fact]
    public async Task Hold_ThenReleaseInChosenOrder_AnswersInThatOrder()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectAsync(server);
        server.Hold();
        await client.WriteAsync([.. Enumerable.Range(1, 4).Select(static i => RawClient.ModernCall(i, "echo", $$"""{"message":"{{i}}"}"""))]);
        await server.WaitForHeldAsync(4).WaitAsync(RawClient.Patience);
        var held = server.HeldCalls;

        held[2].Release();
        held[0].Release();
        held[0].Release();
        server.Release();
        await client.WriteAsync(RawClient.ModernCall(5, "echo", """{"message":"5"}"""));

        var texts = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            texts.Add(RawClient.TextOf(await client.ReadAsync()));
        }

        Assert.Equal(["3", "1", "2", "4", "5"], texts);
        Assert.Equal("""{"message":"3"}""", held[2].Arguments);
        Assert.Empty(server.HeldCalls);
    }

    [Fact]
    public async Task Release_AfterCancellation_StaysSilent()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectAsync(server);
        server.Hold();
        await client.WriteAsync(RawClient.ModernCall(1, "echo", "{}"), """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}""");
        await server.WaitForCancelledAsync(1).WaitAsync(RawClient.Patience);

        server.Release();

        Assert.Equal(2, (await client.AskAsync(RawClient.ModernCall(2, "echo", "{}"))).GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task Disconnect_WithOpenConnections_EndsThemAllAndTakesNewOnes()
    {
        using var server = new LoopbackServer();
        await using var first = await RawClient.ConnectLegacyAsync(server);
        await using var second = await RawClient.ConnectLegacyAsync(server);
        Assert.Equal(2, server.Mock.OpenConnections);

        server.Disconnect();

        Assert.Null(await first.ReadLineAsync());
        Assert.Null(await second.ReadLineAsync());
        Assert.Equal(new StreamEnd(false, "disconnected"), first.Stream.End);
        await using var third = await RawClient.ConnectLegacyAsync(server);
        Assert.Equal(3, server.Connections);
    }

    [Fact]
    public async Task Disconnect_WhileNobodyReads_EndsTheConnection()
    {
        using var server = new LoopbackServer();
        await using var client = await RawClient.ConnectAsync(server);
        var writing = client.WriteAsync([.. Enumerable.Range(0, 5000).Select(static i => RawClient.ModernCall(i, "echo", "{}"))]);

        server.Disconnect();

        await writing;
        while (await client.ReadLineAsync() is not null)
        {
        }

        Assert.Equal("disconnected", client.Stream.End!.Message);
    }

    [Fact]
    public async Task FailNextConnects_OfTwo_RefusesTwo()
    {
        using var server = new LoopbackServer();
        server.FailNextConnects(2);

        await Assert.ThrowsAsync<IOException>(() => RawClient.ConnectAsync(server));
        await Assert.ThrowsAsync<IOException>(() => RawClient.ConnectAsync(server));
        await using var client = await RawClient.ConnectLegacyAsync(server);
        Assert.Equal(3, server.Connections);
    }

    [Fact]
    public async Task ConnectFaults_OfAScript_MeetTheirConnects()
    {
        var script = new FaultScript(1).OnConnect(1, Fault.RefuseConnect).OnConnect(2, Fault.DieInHandshake).EveryConnect(Fault.DieOnProbe);
        using var server = new LoopbackServer(new MockServerOptions { Faults = script });

        await Assert.ThrowsAsync<IOException>(() => RawClient.ConnectAsync(server));
        await using var second = await RawClient.ConnectAsync(server);
        await second.WriteAsync(RawClient.Modern(1, "server/discover"));
        Assert.Null(await second.ReadLineAsync());
        await using var third = await RawClient.ConnectAsync(server);
        await third.WriteAsync(RawClient.Modern(1, "server/discover"));
        Assert.Null(await third.ReadLineAsync());
        await using var fourth = await RawClient.ConnectLegacyAsync(server);

        Assert.True(second.Stream.End!.IsProcessExit && third.Stream.End!.IsProcessExit);
    }

    [Fact]
    public async Task Stream_WhenDisposed_EndsItsConnection()
    {
        var clock = new ManualTimeProvider();
        using var server = new LoopbackServer(new MockServerOptions { Clock = clock });
        var client = await RawClient.ConnectAsync(server);
        await client.WriteAsync(RawClient.ModernCall(1, "sleep", """{"ms":1000}"""));
        await server.WaitForCallsAsync(1).WaitAsync(RawClient.Patience);

        await client.DisposeAsync();

        while (server.Mock.OpenConnections > 0)
        {
            await Task.Yield();
        }

        Assert.Equal(0, server.Mock.Sleeping);
    }
}
