using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Xunit;

namespace Penstock.Testing.Tests.Mock;

[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    // Steady state is 0; the budget leaves room for what the test platform allocates beside.
    private const double BytesPerCall = 50;
    private const int CallsPerBurst = 256;

    [Theory]
    [InlineData("echo", """{"message":"a line of some length, as rows have it"}""", 0)]
    [InlineData("add", """{"a":1.5,"b":2}""", 0)]
    [InlineData("echo", """{"message":"held on the wheel"}""", 1)]
    public async Task Call_InSteadyState_AllocatesNothingPerCall(string tool, string arguments, int latencyMs)
    {
        const int Bursts = 200;
        var clock = new ManualTimeProvider();
        using var server = new LoopbackServer(new MockServerOptions { Clock = clock, Latency = TimeSpan.FromMilliseconds(latencyMs) });
        await using var client = await RawClient.ConnectAsync(server);
        var burst = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, CallsPerBurst).Select(i => RawClient.ModernCall(i, tool, arguments) + "\n")));

        var best = double.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < Bursts; i++)
            {
                await RoundTripAsync(client.Stream.Pipe, burst, latencyMs == 0 ? null : (server.Mock, clock));
            }

            best = Math.Min(best, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)(Bursts * CallsPerBurst));
        }

        Assert.True(best < BytesPerCall, $"{best:F1} bytes per call");
    }

    private static async Task RoundTripAsync(IDuplexPipe pipe, byte[] burst, (MockServer Server, ManualTimeProvider Clock)? held)
    {
        var writing = WriteAsync(pipe.Output, burst);
        if (held is var (server, clock))
        {
            await writing;
            while (server.Sleeping < CallsPerBurst)
            {
                await Task.Yield();
            }

            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        for (var left = CallsPerBurst; left > 0;)
        {
            var read = await pipe.Input.ReadAsync();
            foreach (var segment in read.Buffer)
            {
                left -= segment.Span.Count((byte)'\n');
            }

            Assert.True(left == 0 || !read.IsCompleted);
            pipe.Input.AdvanceTo(read.Buffer.End);
        }

        await writing;
    }

    private static async Task WriteAsync(PipeWriter output, byte[] burst)
    {
        output.Write(burst);
        await output.FlushAsync();
    }
}

/// <summary>Counts bytes of the whole process: nothing else may run beside.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationCollection;
