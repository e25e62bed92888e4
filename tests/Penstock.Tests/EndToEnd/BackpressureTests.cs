using System.Text;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>Sources and readers that have to wait, and whom they must not hold up.</summary>
public sealed class BackpressureTests
{
    [Fact]
    public async Task ExecuteAsync_StageRejectsMoreThanAServersShare_TheSourceGoesOn()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server)
            .AddStage("reject", static async (batch, _) =>
            {
                await Task.Yield();
                for (var i = 0; i < batch.Count; i++)
                {
                    batch.Reject(i, "no");
                }
            })
            .Configure(static o => o.Memory.Budget = 1 << 20)
            .Build();
        await pipeline.StartAsync();
        var arguments = Encoding.UTF8.GetBytes($$"""{"message":"{{new string('x', 40_000)}}"}""");

        // One by one, so that slabs stay small and no reader ever stalls: nothing else wakes the source.
        async IAsyncEnumerable<ToolCall> Calls()
        {
            for (var i = 0; i < 200; i++)
            {
                await Task.Yield();
                yield return new ToolCall("s/echo", arguments);
            }
        }

        var count = 0;
        async Task CountAsync()
        {
            await foreach (var _ in pipeline.ExecuteAsync(Calls()))
            {
                count++;
            }
        }

        await CountAsync().WaitAsync(Fleets.Hang);
        Assert.Equal(200, count);
    }

    [Fact]
    public async Task CallAsync_AnotherReaderHasStoppedWithAFullAccount_IsAnswered()
    {
        var options = new MockServerOptions();
        options.AddTool(new ToolDescription { Name = "big" }, static _ => MockToolResult.Text(new string('x', 200_000)));
        using var big = new LoopbackServer(options);
        using var other = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("big", big).Add("other", other)
            .Configure(static o => o.Memory.Budget = 16 << 20)
            .Build();
        await pipeline.StartAsync();

        // A window of big results is more than the account of results holds.
        await using var reader = pipeline.ExecuteAsync(Enumerable.Repeat(new ToolCall("big/big", "{}"u8.ToArray()), 1000)).GetAsyncEnumerator();
        big.Hold();
        var first = reader.MoveNextAsync();
        await big.WaitForHeldAsync(64).WaitAsync(Fleets.Hang);
        big.Release();
        Assert.True(await first);
        while (pipeline.Metrics.Snapshot().Ended < 64)
        {
            await Task.Yield();
        }

        Assert.True((await pipeline.CallAsync("other/echo", """{"message":"here"}""")).IsSuccess);
    }
}
