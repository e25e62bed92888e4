using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Penstock.Testing.Tests.Mock;

public sealed class SleepTests
{
    [Fact]
    public async Task Sleep_OfTwentyThousandCalls_IsAnsweredInOneAdvanceOverOneTimer()
    {
        const int Calls = 20_000;
        var clock = new ManualTimeProvider();
        using var server = new LoopbackServer(new MockServerOptions { Clock = clock });
        await using var client = await RawClient.ConnectAsync(server);
        await client.WriteAsync([.. Enumerable.Range(0, Calls).Select(i => RawClient.ModernCall(i, "sleep", """{"ms":1000}"""))]);
        await server.WaitForCallsAsync(Calls).WaitAsync(RawClient.Patience);
        await AskEchoAsync(client);
        Assert.Equal(Calls, server.Mock.Sleeping);
        Assert.Equal(1, clock.ActiveTimers);

        clock.Advance(TimeSpan.FromSeconds(1));

        for (var i = 0; i < Calls; i++)
        {
            Assert.Equal(i, (await client.ReadAsync()).GetProperty("id").GetInt32());
        }

        Assert.Equal(0, server.Mock.Sleeping);
        Assert.Equal(0, clock.ActiveTimers);
    }

    [Fact]
    public async Task Cancelled_ForSleepingCall_LeavesItUnanswered()
    {
        var clock = new ManualTimeProvider();
        using var server = new LoopbackServer(new MockServerOptions { Clock = clock });
        await using var client = await RawClient.ConnectLegacyAsync(server);

        await client.WriteAsync(
            RawClient.Call(1, "sleep", """{"ms":10}"""),
            RawClient.Call(2, "sleep", """{"ms":10}""").Replace("\"id\":2", "\"id\":\"two\"", StringComparison.Ordinal),
            RawClient.Call(3, "sleep", """{"ms":10}"""),
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"deadline"}}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"two"}}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}""");
        await server.WaitForCancelledAsync(3).WaitAsync(RawClient.Patience);
        clock.Advance(TimeSpan.FromMilliseconds(10));

        Assert.Equal(3, (await client.ReadAsync()).GetProperty("id").GetInt32());
        Assert.Equal(4, (await AskEchoAsync(client, 4)));
        Assert.Equal(0, server.Mock.Sleeping);
    }

    [Fact]
    public async Task InputEnd_WithSleepers_EndsTheServerAtOnce()
    {
        using var server = new LoopbackServer(new MockServerOptions { Clock = new ManualTimeProvider() });
        await using var client = await RawClient.ConnectLegacyAsync(server);
        await client.WriteAsync(RawClient.Call(1, "sleep", """{"ms":86400000}"""));

        await client.Stream.Pipe.Output.CompleteAsync();

        Assert.Null(await client.ReadLineAsync());
        Assert.Equal(0, server.Mock.Sleeping);
        Assert.Equal("input ended", client.Stream.End!.Message);
    }

    [Fact]
    public async Task Latency_WithJitter_MeetsEveryCallWithinItsBounds()
    {
        const int Calls = 200;
        var clock = new ManualTimeProvider();
        using var server = new LoopbackServer(new MockServerOptions
        {
            Clock = clock,
            Latency = TimeSpan.FromMilliseconds(50),
            LatencyJitter = TimeSpan.FromMilliseconds(100),
        });
        await using var client = await RawClient.ConnectAsync(server);
        await client.WriteAsync([.. Enumerable.Range(0, Calls).Select(i => RawClient.ModernCall(i, "echo", "{}")), RawClient.Modern(-1, "tools/list")]);
        Assert.Equal(-1, (await client.ReadAsync()).GetProperty("id").GetInt32());

        clock.Advance(TimeSpan.FromMilliseconds(49));
        Assert.Equal(Calls, server.Mock.Sleeping);
        clock.Advance(TimeSpan.FromMilliseconds(52));
        Assert.InRange(server.Mock.Sleeping, 1, Calls - 1);
        clock.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(0, server.Mock.Sleeping);
    }

    [Fact]
    public void Sleep_OfAnyLength_EndsWithTheFirstAdvanceThatReachesIt() =>
        Prop.ForAll(
                Gen.Choose(0, 20_000).NonEmptyListOf().ToArbitrary(),
                Gen.Choose(0, 9_000).NonEmptyListOf().ToArbitrary(),
                (sleeps, steps) => CheckAsync([.. sleeps], [.. steps]).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    private static async Task CheckAsync(int[] sleeps, int[] steps)
    {
        var clock = new ManualTimeProvider();
        using var server = new LoopbackServer(new MockServerOptions { Clock = clock });
        await using var client = await RawClient.ConnectAsync(server);
        await client.WriteAsync([.. sleeps.Select((ms, i) => RawClient.ModernCall(i, "sleep", $$"""{"ms":{{ms.ToString(CultureInfo.InvariantCulture)}}}"""))]);
        await server.WaitForCallsAsync(sleeps.Length).WaitAsync(RawClient.Patience);
        await client.WriteAsync(RawClient.Modern(-1, "tools/list"));
        for (var left = sleeps.Count(static ms => ms == 0) + 1; left > 0; left--)
        {
            await client.ReadAsync();
        }

        var now = 0;
        foreach (var step in steps)
        {
            now += step;
            clock.Advance(TimeSpan.FromMilliseconds(step));
            Assert.Equal(sleeps.Count(ms => ms > now), server.Mock.Sleeping);
        }
    }

    private static async Task<int> AskEchoAsync(RawClient client, int id = -1) =>
        (await client.AskAsync(RawClient.ModernCall(id, "echo", "{}"))).GetProperty("id").GetInt32();
}
