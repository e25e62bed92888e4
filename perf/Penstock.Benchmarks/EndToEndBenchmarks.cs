using BenchmarkDotNet.Attributes;

namespace Penstock.Benchmarks;

/// <summary>
/// A call through every stage and back, to a transport that answers at once. The baseline is what the least program would do for each call:
/// await a completed task and keep the answer.
/// </summary>
[MemoryDiagnoser]
public class EndToEndBenchmarks
{
    private const int Calls = 1 << 16;

    private readonly ToolPipeline _pipeline = new ToolPipelineBuilder()
        .AddServer("null", static s =>
        {
            s.Transport = new NullTransport();
            s.MaxInFlight = 1024;
        })
        .Build();

    [Benchmark(Baseline = true, OperationsPerInvoke = Calls)]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1822", Justification = "Benchmarks are instance methods.")]
    public async Task<long> TaskPerCall()
    {
        long bytes = 0;
        foreach (var call in MakeCalls())
        {
            bytes += (await AnswerAsync(call)).Length;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public async Task<long> Pipeline()
    {
        long bytes = 0;
        await foreach (var result in _pipeline.ExecuteAsync(MakeCalls()))
        {
            bytes += result.Content.Length;
        }

        return bytes;
    }

    [GlobalCleanup]
    public Task StopAsync() => _pipeline.StopAsync();

    private static async Task<byte[]> AnswerAsync(ToolCall call)
    {
        await Task.CompletedTask;
        return call.Arguments.IsEmpty ? [] : [.. NullTransport.Result];
    }

    private static IEnumerable<ToolCall> MakeCalls()
    {
        var call = new ToolCall("null/echo", NullTransport.Arguments) { IsValidated = true };
        for (var i = 0; i < Calls; i++)
        {
            yield return call;
        }
    }
}
