using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>The smallest budget: half a MiB of requests, eight large pages for all servers.</summary>
public sealed class BudgetTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task ExecuteAsync_CallsBeyondAQuarterOfTheBudgetAreRejectedLate_TheSourceGoesOn()
    {
        // One call is more than its server's share and less than the account: nothing but the pool can tell that it has ended.
        await using var pipeline = new ToolPipelineBuilder()
            .AddServer("s", static s => s.Transport = new EchoTransport())
            .AddStage("late", static async (batch, stop) =>
            {
                await Task.Yield();
                for (var i = 0; i < batch.Count; i++)
                {
                    batch.Reject(i, "too late");
                }
            })
            .Configure(static o => o.Memory.Budget = 1 << 20)
            .Build();
        await pipeline.StartAsync();

        var arguments = new byte[200_000];
        Array.Fill(arguments, (byte)' ');
        arguments[0] = (byte)'{';
        arguments[^1] = (byte)'}';
        Assert.Equal(50, await CountAsync(pipeline, Enumerable.Range(0, 50).Select(_ => new ToolCall("s/echo", arguments))).WaitAsync(Patience));
    }

    [Fact]
    public async Task ExecuteAsync_ManyServersAndAllSizes_EveryCallEndsAndNothingStaysHeld()
    {
        var builder = new ToolPipelineBuilder().Configure(static o => o.Memory.Budget = 1 << 20);
        for (var i = 0; i < 40; i++)
        {
            builder.AddServer($"s{i}", static s => s.Transport = new EchoTransport());
        }

        var pipeline = builder.Build();
        await pipeline.StartAsync();
        var calls = Enumerable.Range(0, 4000).Select(static i =>
        {
            var arguments = new byte[2 << (i % 16)];
            Array.Fill(arguments, (byte)' ');
            arguments[0] = (byte)'{';
            arguments[^1] = (byte)'}';
            return new ToolCall($"s{i % 40}/echo", arguments);
        });
        Assert.Equal(4000, await CountAsync(pipeline, calls).WaitAsync(Patience));
        await pipeline.StopAsync();
        Assert.Equal((0, 0, 0, 0), pipeline.Leased);
    }

    private static async Task<int> CountAsync(ToolPipeline pipeline, IEnumerable<ToolCall> calls)
    {
        var count = 0;
        await foreach (var result in pipeline.ExecuteAsync(calls))
        {
            count++;
        }

        return count;
    }
}
