using Xunit;

namespace Penstock.Tests;

/// <summary>Nothing per call on the heap: budgets of perf/budgets.json, over a transport that answers at once.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTests
{
    private const int BytesPerSlab = 1536;
    private const int Calls = 200_000;

    [Theory]
    [InlineData(64)]
    [InlineData(256)]
    public async Task ExecuteAsync_SteadyState_AllocatesPerSlabAndNotPerCall(int slab)
    {
        var transport = new NullTransport();
        await using var pipeline = new ToolPipelineBuilder()
            .AddServer("null", s =>
            {
                s.Transport = transport;
                s.MaxInFlight = 1024;
            })
            .Configure(o => o.Batch.MaxCalls = slab)
            .Build();
        await RunAsync(pipeline, Calls);
        await RunAsync(pipeline, Calls);

        // The least of a few runs: a collection or a pool that grows in one of them is not the steady state.
        var least = double.MaxValue;
        for (var run = 0; run < 5; run++)
        {
            var (before, sent) = (GC.GetTotalAllocatedBytes(precise: true), transport.SlabsSent);
            await RunAsync(pipeline, Calls);
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)(transport.SlabsSent - sent));
        }

        Assert.InRange(least, 0, BytesPerSlab);
    }

    private static async Task RunAsync(ToolPipeline pipeline, int count)
    {
        long bytes = 0;
        await foreach (var result in pipeline.ExecuteAsync(MakeCalls(count)))
        {
            bytes += result.Content.Length;
        }

        Assert.Equal((long)NullTransport.Result.Length * count, bytes);
    }

    private static IEnumerable<ToolCall> MakeCalls(int count)
    {
        var call = new ToolCall("null/echo", """{"message":"a call of the size that calls have, about a hundred bytes of them, all told"}"""u8.ToArray());
        for (var i = 0; i < count; i++)
        {
            yield return call;
        }
    }

    private sealed class NullTransport : CallTransport
    {
        public static readonly byte[] Result = """{"content":[{"type":"text","text":"ok"}]}"""u8.ToArray();

        public long SlabsSent { get; set; }

        public override string ToString() => "null";

        protected internal override ValueTask<CallChannel> ConnectAsync(CancellationToken stop) => new(new NullChannel(this));
    }

    private sealed class NullChannel(NullTransport transport) : CallChannel
    {
        private readonly List<long> _ids = [];

        public override IReadOnlyList<ToolDescription> Tools { get; } = [new ToolDescription { Name = "echo" }];

        protected internal override void Send(OutboundCall call) => _ids.Add(call.Id);

        protected internal override void Flush()
        {
            transport.SlabsSent++;
            using (var burst = BeginCompletions())
            {
                foreach (var id in _ids)
                {
                    burst.Complete(id, NullTransport.Result);
                }
            }

            _ids.Clear();
        }
    }
}
