using System.Globalization;
using System.Text;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>Whatever a server does, every call ends exactly once and everything that was lent comes home.</summary>
public sealed class ExactlyOnceProperties
{
    private const int Calls = 150;

    // A seed that takes longer than this hangs; most take well under a second.
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(2);

    private static readonly int SeedCount = Environment.GetEnvironmentVariable("PENSTOCK_LONG_TESTS") == "1" ? 10_000 : 200;

    [Fact]
    public Task ExecuteAsync_RandomFaults_EveryCallEndsOnceAndAllComesHome() => Parallel.ForEachAsync(
        Enumerable.Range(1, SeedCount), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (seed, _) => await CheckAsync(seed));

    private static async Task CheckAsync(int seed)
    {
        var random = new Random(seed);
        var script = FaultScript.Random(seed, Calls);
        var era = (ProtocolEra)random.Next(3);
        var about = $"seed {seed}, era {era}, {script}";
        using var server = new LoopbackServer(new MockServerOptions { Faults = script, Era = era });
        var pipeline = new ToolPipelineBuilder()
            .AddServer("s", s =>
            {
                s.Transport = server.Transport;
                s.Replicas = random.Next(1, 4);
                s.MaxInFlight = random.Next(1, 65);
                s.MaxResponseBytes = 32 << 10;
                s.Restart.InitialDelay = TimeSpan.FromMilliseconds(1);
                s.Restart.MaxDelay = TimeSpan.FromMilliseconds(5);
            })
            .Configure(o =>
            {
                o.CallTimeout = TimeSpan.FromMilliseconds(100);
                o.Batch.MaxCalls = random.Next(1, 257);
            })
            .Build();
        try
        {
            await RunAsync(pipeline, random.Next(4) == 0).WaitAsync(Hang);
            await pipeline.DisposeAsync().AsTask().WaitAsync(Hang);
            var metrics = pipeline.Metrics.Snapshot();
            Assert.Equal(metrics.Accepted, metrics.Ended);
            Assert.Equal(metrics.Accepted, metrics.Succeeded + metrics.Faults.Values.Sum());
            Assert.Equal((0, 0, 0, 0), pipeline.Leased);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{about}: {e.Message}; leased {pipeline.Leased}; {pipeline.Metrics.Snapshot()}", e);
        }
    }

    private static async Task RunAsync(ToolPipeline pipeline, bool leavesEarly)
    {
        var seen = new int[Calls];
        var left = leavesEarly ? Calls / 3 : Calls;
        await foreach (var result in pipeline.ExecuteAsync(Make()))
        {
            seen[result.Ordinal]++;
            Assert.Equal(result.Ordinal.ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(result.Tag.Span));
            if (result.IsSuccess)
            {
                // A late answer that met another call would show here.
                Assert.Equal($"row {result.Ordinal}", result.GetText());
            }

            if (--left == 0 && leavesEarly)
            {
                break;
            }
        }

        Assert.All(seen, count => Assert.InRange(count, leavesEarly ? 0 : 1, 1));
    }

    private static IEnumerable<ToolCall> Make() => Enumerable.Range(0, Calls).Select(static i => new ToolCall(
        "s/echo", Encoding.ASCII.GetBytes($$"""{"message":"row {{i}}"}"""))
    {
        Tag = Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture)),
    });
}
