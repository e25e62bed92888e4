using Penstock.Servers;
using Penstock.Tests.Calls;
using Xunit;

namespace Penstock.Tests.Servers;

/// <summary>Restarts: how long a replica waits, what makes it wait less again, and when it is given up. The clock moves by hand.</summary>
public sealed class RestartTests
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromMinutes(7);

    private readonly ToldClock _clock = new();
    private readonly List<SilentChannel> _channels = [];

    [Fact]
    public async Task Start_FailsEveryTime_WaitsTwiceAsLongEachTimeAndIsGivenUp()
    {
        var transport = new StartTransport(static start => throw new IOException($"down {start}"));
        var server = Create(transport, limit: 7);
        server.Start();
        int[] expected = [100, 200, 400, 800, 1000, 1000];
        foreach (var milliseconds in expected)
        {
            Assert.Equal(ConnectTimeout, await _clock.NextWaitAsync());
            var wait = await _clock.NextWaitAsync();
            Assert.Equal(milliseconds, wait.TotalMilliseconds);
            Assert.Equal(ServerState.Starting, server.State);
            _clock.Advance(wait);
        }

        await server.Settled.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((ServerState.Failed, 7), (server.State, transport.Starts));
        Assert.Equal("given up after 7 failed starts in a row; the last: down 7", server.Failure);
        Assert.Equal((FaultType.Connection, Executed.No), (server.FailureFault.Type, server.FailureFault.Executed));
        Assert.Equal(6, server.GetStatus().Restarts);
        await server.StopAsync("end");
    }

    [Fact]
    public async Task Start_WaitNotOver_DoesNotStartAgain()
    {
        var transport = new StartTransport(static _ => throw new IOException("down"));
        var server = Create(transport);
        server.Start();
        await _clock.NextWaitAsync();
        var wait = await _clock.NextWaitAsync();
        _clock.Advance(wait - TimeSpan.FromTicks(1));
        Assert.Equal(1, transport.Starts);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(ConnectTimeout, await _clock.NextWaitAsync());
        await server.StopAsync("end");
        Assert.Equal(2, transport.Starts);
    }

    [Fact]
    public async Task Serve_LostAtOnceWithoutAnAnswer_CountsAsAFailedStart()
    {
        var server = Create(new StartTransport(_ => Task.FromResult(Open())), limit: 4);
        server.Start();
        foreach (var milliseconds in (int[])[100, 200, 400])
        {
            Assert.Equal(ConnectTimeout, await _clock.NextWaitAsync());
            await UpAsync(server);
            _channels[^1].Lose("gone");
            var wait = await _clock.NextWaitAsync();
            Assert.Equal(milliseconds, wait.TotalMilliseconds);
            Assert.Equal(ServerState.Restarting, server.State);
            _clock.Advance(wait);
        }

        Assert.Equal(ConnectTimeout, await _clock.NextWaitAsync());
        await UpAsync(server);
        _channels[^1].Lose("gone for good");
        await server.WhenAsync(static s => s.State == ServerState.Failed);
        Assert.Equal("given up after 4 failed starts in a row; the last: gone for good", server.Failure);
        await server.StopAsync("end");
    }

    [Fact]
    public async Task Serve_LivedLongEnough_CountsFailuresAnew()
    {
        var server = Create(new StartTransport(start => start <= 3 ? throw new IOException("down") : Task.FromResult(Open())));
        server.Start();
        for (var i = 0; i < 3; i++)
        {
            await _clock.NextWaitAsync();
            _clock.Advance(await _clock.NextWaitAsync());
        }

        await _clock.NextWaitAsync();
        await UpAsync(server);
        _clock.Advance(server.Options.Restart.HealthyAfter);
        _channels[^1].Lose("gone");
        Assert.Equal(100, (await _clock.NextWaitAsync()).TotalMilliseconds);
        await server.StopAsync("end");
    }

    [Fact]
    public async Task Start_NeverReady_EndsWithTheConnectTimeout()
    {
        var never = new TaskCompletionSource<CallChannel>();
        var server = Create(new StartTransport(_ => never.Task));
        server.Start();
        _clock.Advance(await _clock.NextWaitAsync());
        Assert.Equal(100, (await _clock.NextWaitAsync()).TotalMilliseconds);
        Assert.Equal("not ready within 420 s", server.Failure);
        await server.StopAsync("end");
    }

    [Fact]
    public async Task Start_NeverReadyTwiceAndNeverUp_IsGivenUpLongBeforeTheLimit()
    {
        var never = new TaskCompletionSource<CallChannel>();
        var transport = new StartTransport(_ => never.Task);
        var server = Create(transport);
        server.Start();
        _clock.Advance(await _clock.NextWaitAsync());
        _clock.Advance(await _clock.NextWaitAsync());
        _clock.Advance(await _clock.NextWaitAsync());
        await server.Settled.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((ServerState.Failed, 2), (server.State, transport.Starts));
        Assert.Equal("given up after 2 failed starts in a row; the last: not ready within 420 s", server.Failure);
        await server.StopAsync("end");
    }

    [Fact]
    public async Task Start_NeverReadyAgainAfterItWasUp_IsTriedUpToTheLimit()
    {
        var never = new TaskCompletionSource<CallChannel>();
        var transport = new StartTransport(start => start == 1 ? Task.FromResult(Open()) : never.Task);
        var server = Create(transport, limit: 4);
        server.Start();
        await _clock.NextWaitAsync();
        await UpAsync(server);
        _channels[^1].Lose("gone");
        for (var failed = 1; failed < 4; failed++)
        {
            _clock.Advance(await _clock.NextWaitAsync());
            _clock.Advance(await _clock.NextWaitAsync());
        }

        await server.WhenAsync(static s => s.State == ServerState.Failed);
        Assert.Equal("given up after 4 failed starts in a row; the last: not ready within 420 s", server.Failure);
        await server.StopAsync("end");
    }

    [Fact]
    public async Task StopAsync_InTheMiddleOfAWait_DoesNotWaitForIt()
    {
        var server = Create(new StartTransport(static _ => throw new IOException("down")));
        server.Start();
        await _clock.NextWaitAsync();
        await _clock.NextWaitAsync();
        await server.StopAsync("enough").WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(ServerState.Stopped, server.State);
        Assert.True(server.Settled.IsCompleted);
    }

    [Fact]
    public async Task StopAsync_InTheMiddleOfAStart_DoesNotWaitForIt()
    {
        var never = new TaskCompletionSource<CallChannel>();
        var server = Create(new StartTransport(_ => never.Task));
        server.Start();
        await _clock.NextWaitAsync();
        await server.StopAsync("enough").WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(ServerState.Stopped, server.State);
    }

    private static Task UpAsync(Server server) => server.WhenAsync(static s => s.State == ServerState.Up);

    private CallChannel Open()
    {
        _channels.Add(new SilentChannel());
        return _channels[^1];
    }

    private Server Create(StartTransport transport, int limit = 5) => FakeServers.Create(new FakeHouse(_clock), "s", transport, o =>
    {
        o.ConnectTimeout = ConnectTimeout;
        o.Restart.MaxDelay = TimeSpan.FromSeconds(1);
        o.Restart.CrashLoopLimit = limit;
    });
}
