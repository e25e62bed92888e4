using System.Collections.Concurrent;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>The journal's hook: told once per attempt, before the bytes leave, on a thread that may be kept.</summary>
public sealed class SendingTests
{
    [Fact]
    public async Task OnSending_ServerNotUpAndWindowSmall_IsToldOncePerCallBeforeItArrives()
    {
        using var server = new LoopbackServer();
        server.FailNextConnects(3);
        await using var pipeline = new ToolPipelineBuilder().Add("s", server, static s => s.MaxInFlight = 3).Build();
        var told = new ConcurrentQueue<long>();
        var early = 0L;
        var options = new ExecuteOptions
        {
            OnSending = ordinals =>
            {
                foreach (var ordinal in ordinals)
                {
                    told.Enqueue(ordinal);
                }

                early = Math.Max(early, server.CallsReceived - told.Count);
            },
        };
        var seen = 0;
        await foreach (var result in pipeline.ExecuteAsync(Fleets.Echoes("s", 500), options))
        {
            Assert.True(result.IsSuccess);
            seen++;
        }

        Assert.Equal((500, 500), (seen, told.Count));
        Assert.Equal(500, told.Distinct().Count());
        Assert.True(early <= 0, $"{early} calls arrived before they were told of");
    }

    [Fact]
    public async Task OnSending_ReplicaIsLostMeanwhile_TheSameAttemptIsNotToldTwice()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        await pipeline.StartAsync();
        var told = new ConcurrentQueue<long>();
        var first = true;
        var options = new ExecuteOptions
        {
            OnSending = ordinals =>
            {
                foreach (var ordinal in ordinals)
                {
                    told.Enqueue(ordinal);
                }

                if (first)
                {
                    // The replica that was just picked cannot take the calls.
                    first = false;
                    server.Disconnect();
                    SpinWait.SpinUntil(() => pipeline.Fleet["s"].Status.ReplicasUp == 0 || server.Connections > 1, Fleets.Hang);
                }
            },
        };
        var results = new List<OwnedResult>();
        await foreach (var result in pipeline.ExecuteAsync(Fleets.Echoes("s", 50), options))
        {
            results.Add(result.ToOwned());
        }

        Assert.Equal(50, results.Count(static r => r.IsSuccess));
        Assert.Equal(50, told.Count);
    }

    [Fact]
    public async Task OnSending_ItBlocks_AnswersAreReadMeanwhile()
    {
        using var server = new LoopbackServer();
        server.Hold();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server, static s => s.MaxInFlight = 2).Build();
        using var mayGoOn = new ManualResetEventSlim();
        var isBlocking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sent = 0;
        var options = new ExecuteOptions
        {
            OnSending = ordinals =>
            {
                if ((sent += ordinals.Length) > 2)
                {
                    // The room that the first answer made: it was the reader who found it.
                    isBlocking.TrySetResult();
                    mayGoOn.Wait(Fleets.Hang);
                }
            },
        };
        await using var results = pipeline.ExecuteAsync(Fleets.Echoes("s", 10), options).GetAsyncEnumerator();
        var next = results.MoveNextAsync().AsTask();
        await server.WaitForHeldAsync(2).WaitAsync(Fleets.Hang);
        server.HeldCalls[0].Release();
        await isBlocking.Task.WaitAsync(Fleets.Hang);
        Assert.True(await next.WaitAsync(Fleets.Hang));
        server.HeldCalls[0].Release();
        Assert.True(await results.MoveNextAsync().AsTask().WaitAsync(Fleets.Hang));
        mayGoOn.Set();
        server.Release();
        while (await results.MoveNextAsync().AsTask().WaitAsync(Fleets.Hang))
        {
            Assert.True(results.Current.IsSuccess);
        }
    }

    [Fact]
    public async Task OnSending_Throws_EndsItsStreamAndNoOther()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server, static s => s.MaxInFlight = 8).Build();
        await pipeline.StartAsync();
        var other = pipeline.RunAsync(Fleets.Echoes("s", 2000));
        var options = new ExecuteOptions { OnSending = static _ => throw new InvalidOperationException("the journal is full") };
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var result in pipeline.ExecuteAsync(Fleets.Echoes("s", 2000), options))
            {
                Assert.False(result.IsSuccess);
            }
        }).WaitAsync(Fleets.Hang);
        Assert.Equal("the journal is full", thrown.Message);
        Assert.Equal(2000, (await other.WaitAsync(Fleets.Hang)).Count(static r => r.IsSuccess));
        Assert.Equal(2000, server.CallsReceived);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    public void Weight_OutOfRange_Throws(int weight) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExecuteOptions { Weight = weight });

    [Fact]
    public async Task Deadline_BeyondAllTime_IsNone()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => new ExecuteOptions { Deadline = TimeSpan.Zero });
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        await foreach (var result in pipeline.ExecuteAsync(Fleets.Echoes("s", 5), new ExecuteOptions { Deadline = TimeSpan.MaxValue }))
        {
            Assert.True(result.IsSuccess, result.GetText());
        }
    }
}
