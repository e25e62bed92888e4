using System.Globalization;
using System.Text;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>The law of the engine: whatever a server does, every call ends exactly once, and everything lent comes home.</summary>
public sealed class ExactlyOnceProperties
{
    private const int Calls = 300;

    private static readonly int Scripts = Environment.GetEnvironmentVariable("PENSTOCK_LONG_TESTS") == "1" ? 10_000 : 200;

    [Fact]
    public Task EveryCall_UnderRandomFaults_EndsExactlyOnce() =>
        Parallel.ForAsync(0, Scripts, new ParallelOptions { MaxDegreeOfParallelism = 8 }, static async (seed, stop) =>
        {
            var script = FaultScript.Random(seed, Calls);
            try
            {
                await RunAsync(seed, script).WaitAsync(TimeSpan.FromMinutes(2), stop);
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, script {script}: {e}");
            }
        });

    private static async Task RunAsync(int seed, FaultScript script)
    {
        using var loopback = new LoopbackServer(new MockServerOptions
        {
            Faults = script,
            Era = (ProtocolEra)(seed % 3),
            IsIdLast = seed % 2 == 0,
            MaxLineBytes = 1 << 20,
        });
        var pipeline = new ToolPipelineBuilder()
            .AddServer("s", s =>
            {
                s.Transport = loopback.Transport;
                s.MaxInFlight = 1 + (seed % 40);
                s.Replicas = 1 + (seed % 3);
                s.MaxResponseBytes = 1 << 15;
                s.Restart.InitialDelay = TimeSpan.FromMilliseconds(1);
                s.Restart.MaxDelay = TimeSpan.FromMilliseconds(5);
            })
            .Configure(o =>
            {
                o.CallTimeout = TimeSpan.FromMilliseconds(250);
                o.Batch.MaxCalls = 1 + (seed % 256);
            })
            .Build();
        var ended = new int[Calls];
        await foreach (var result in pipeline.ExecuteAsync(MakeCalls()))
        {
            ended[result.Ordinal]++;
            Assert.Equal(result.Ordinal, BitConverter.ToInt64(result.Tag.Span));
            if (result.IsSuccess)
            {
                Assert.Contains(result.Ordinal.ToString("x8", CultureInfo.InvariantCulture), result.GetText(), StringComparison.Ordinal);
            }
        }

        Assert.All(ended, static times => Assert.Equal(1, times));
        var metrics = pipeline.Metrics.Snapshot();
        Assert.Equal((Calls, Calls), (metrics.Accepted, metrics.Ended));
        await pipeline.DisposeAsync();
        Assert.Equal((0, 0, 0, 0L, 0L), pipeline.Leases);
    }

    private static IEnumerable<ToolCall> MakeCalls()
    {
        for (long i = 0; i < Calls; i++)
        {
            yield return new ToolCall("s/echo", Encoding.UTF8.GetBytes($$"""{"message":"call {{i:x8}}"}"""))
            {
                Tag = BitConverter.GetBytes(i),
            };
        }
    }
}
