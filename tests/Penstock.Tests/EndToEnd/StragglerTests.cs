using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

public sealed class StragglerTests
{
    [Theory]
    [InlineData(16_384, true)]
    [InlineData(0, false)]
    public async Task CallAsync_OneCallIsSlow_TheWindowIsTheOthersUnlessStragglersCount(int maxStragglers, bool passes)
    {
        var clock = new ManualTimeProvider();
        using var server = new LoopbackServer(new MockServerOptions { Clock = clock });
        await using var pipeline = new ToolPipelineBuilder()
            .Add("s", server, s =>
            {
                s.MaxInFlight = 1;
                s.MaxStragglers = maxStragglers;
            })
            .Configure(o => o.Clock = clock)
            .Build();
        await pipeline.StartAsync();

        // An answer, so that there are peers to be late beside.
        await pipeline.CallAsync("s/echo", """{"message":"quick"}""");
        var slow = pipeline.CallAsync("s/sleep", """{"ms":5000}""");
        await server.WaitForCallsAsync(2).WaitAsync(Fleets.Hang);
        var quick = pipeline.CallAsync("s/echo", """{"message":"quick"}""");
        Assert.Equal(2, server.CallsReceived);

        clock.Advance(TimeSpan.FromMilliseconds(200));

        if (passes)
        {
            Assert.True((await quick).IsSuccess);
            Assert.False(slow.IsCompleted);
        }

        Assert.Equal(passes ? 3 : 2, server.CallsReceived);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True((await slow).IsSuccess);
        Assert.True((await quick).IsSuccess);
    }
}
