using Xunit;

namespace Penstock.Tests;

/// <summary>The budget of the steady state: at most 1.5 KiB per slab, and nothing that grows with a slab's calls.</summary>
[Collection(AllocationCollection.Name)]
public sealed class AllocationTests
{
    private const int Calls = 400_000;
    private const double BytesPerSlab = 1536;

    [Theory]
    [InlineData(64)]
    [InlineData(256)]
    public async Task ExecuteAsync_SteadyState_StaysInTheSlabBudget(int window)
    {
        var transport = new EchoTransport();
        await using var pipeline = new ToolPipelineBuilder()
            .AddServer("s", s =>
            {
                s.Transport = transport;
                s.MaxInFlight = window;
            })
            .Build();
        await pipeline.StartAsync();
        await RunAsync(pipeline);

        // The best of some runs: tiering, the pool's threads and the runner allocate too, now and then.
        var best = double.MaxValue;
        var perCall = double.MaxValue;
        for (var run = 0; run < 5; run++)
        {
            var slabs = transport.Slabs;
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await RunAsync(pipeline);
            var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            best = Math.Min(best, (double)allocated / (transport.Slabs - slabs));
            perCall = Math.Min(perCall, (double)allocated / Calls);
        }

        Assert.True(best <= BytesPerSlab, $"{best:0} bytes per slab, {perCall:0.00} per call, at a window of {window}");
        Assert.True(perCall <= BytesPerSlab / window, $"{perCall:0.00} bytes per call at a window of {window}");
        Assert.True(window < 256 || perCall <= 8, $"{perCall:0.00} bytes per call at a window of {window}");
    }

    private static async Task RunAsync(ToolPipeline pipeline)
    {
        var count = 0;
        await foreach (var result in pipeline.ExecuteAsync(Make()))
        {
            count += result.IsSuccess ? 1 : 0;
        }

        Assert.Equal(Calls, count);
    }

    private static IEnumerable<ToolCall> Make()
    {
        var call = new ToolCall("s/" + EchoTransport.Tool, """{"message":"twenty bytes or so"}"""u8.ToArray());
        for (var i = 0; i < Calls; i++)
        {
            yield return call;
        }
    }
}
