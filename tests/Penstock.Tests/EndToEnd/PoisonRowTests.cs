using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Penstock.Stages;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>A row that cannot become a call costs that row, never its stream.</summary>
public sealed class PoisonRowTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ExecuteAsync_PoisonAmongGoodRows_EndsInvalidParamsAndTheOthersGoOn(bool isAsync)
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        await pipeline.StartAsync();
        ToolCall[] poison =
        [
            new("s/ec\ud800ho", "{}"u8.ToArray()), new("s/\udc00", "{}"u8.ToArray()), new("\ud800/echo", "{}"u8.ToArray()), default, default,
            new("s/echo", new Freed().Memory),
            Fleets.Echo("s", 0) with { Tag = new Freed().Memory },
            Fleets.Echo("s", 0) with { Timeout = TimeSpan.Zero },
            Fleets.Echo("s", 0) with { Timeout = TimeSpan.FromMilliseconds(-2) },
            ToolCall.Create("s/echo", new[] { 1, 2 }, Json<int[]>()),
            ToolCall.Create("s/echo", "text", Json<string>()),
            ToolCall.Create("s/echo", null, Json<string?>()),
        ];
        var rows = Fleets.Echoes("s", 5).Concat(poison).Concat(Fleets.Echoes("s", 300));
        var results = isAsync ? await RunAsync(pipeline, rows).WaitAsync(Fleets.Hang) : await pipeline.RunAsync(rows).WaitAsync(Fleets.Hang);
        Assert.Equal(5 + poison.Length + 300, results.Count);
        foreach (var result in results)
        {
            var isPoison = result.Ordinal >= 5 && result.Ordinal < 5 + poison.Length;
            Assert.Equal(isPoison ? CallFault.Local(FaultType.InvalidParams, Executed.No) : default, result.Fault);
        }

        Assert.Equal(305, server.CallsReceived);
        string[] reasons =
        [
            "half a surrogate pair", "names no tool", "cannot be read", "the timeout is 00:00:00; use more than 0",
            "begin as an array", "begin as a string", "begin as null",
        ];
        Assert.All(reasons, text => Assert.Contains(results, r => r.GetText().Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task CallAsync_NamesNoTool_IsInvalidParams()
    {
        await using var pipeline = new ToolPipelineBuilder().Build();
        Assert.Equal(FaultType.InvalidParams, (await pipeline.CallAsync(default(ToolCall))).Fault.Type);
        Assert.Equal(FaultType.InvalidParams, (await pipeline.CallAsync("s/\ud800")).Fault.Type);
    }

    [Fact]
    public async Task CallAsync_TimeoutOutOfRange_Throws()
    {
        await using var pipeline = new ToolPipelineBuilder().Build();
        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => pipeline.CallAsync(Fleets.Echo("s", 0) with { Timeout = TimeSpan.FromSeconds(-3) }).AsTask());
        Assert.Contains("-00:00:03; use more than 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Milliseconds_InfiniteOrLonger_IsNoLimit()
    {
        Assert.Equal(int.MaxValue, CallIntake.Milliseconds(Timeout.InfiniteTimeSpan));
        Assert.Equal(int.MaxValue, CallIntake.Milliseconds(TimeSpan.MaxValue));
        Assert.Equal(1, CallIntake.Milliseconds(TimeSpan.FromTicks(1)));
        Assert.Equal(2000, CallIntake.Milliseconds(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task ExecuteAsync_InfiniteTimes_AreNone()
    {
        using var server = new LoopbackServer();
        await using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var results = new List<OwnedResult>();
        var calls = Fleets.Echoes("s", 20).Select(static c => c with { Timeout = Timeout.InfiniteTimeSpan });
        await foreach (var result in pipeline.ExecuteAsync(calls, new ExecuteOptions { Deadline = Timeout.InfiniteTimeSpan }))
        {
            results.Add(result.ToOwned());
        }

        Assert.Equal(20, results.Count(static r => r.IsSuccess));
        Assert.True((await pipeline.CallAsync(Fleets.Echo("s", 0) with { Timeout = Timeout.InfiniteTimeSpan })).IsSuccess);
    }

    [Fact]
    public void ExecuteOptions_OutOfRange_ThrowsNamingValueAndRange()
    {
        Assert.Contains("Weight is 0; use 1 to 1000", Message(static () => new ExecuteOptions { Weight = 0 }), StringComparison.Ordinal);
        Assert.Contains("Weight is 1001; use 1 to 1000", Message(static () => new ExecuteOptions { Weight = 1001 }), StringComparison.Ordinal);
        Assert.Contains("Deadline is 00:00:00; use more than 0", Message(static () => new ExecuteOptions { Deadline = TimeSpan.Zero }), StringComparison.Ordinal);
        Assert.Contains(
            "Deadline is -00:00:05; use more than 0", Message(static () => new ExecuteOptions { Deadline = TimeSpan.FromSeconds(-5) }), StringComparison.Ordinal);

        static string Message(Func<object> make) => Assert.Throws<ArgumentOutOfRangeException>(make).Message;
    }

    [Fact]
    public void Create_ValueThatIsNoObject_IsNotVouchedFor()
    {
        Assert.False(ToolCall.Create("s/t", new[] { 1 }, Json<int[]>()).IsValidated);
        Assert.False(ToolCall.Create("s/t", 5, Json<int>()).IsValidated);
        Assert.True(ToolCall.Create("s/t", new Dictionary<string, int> { ["a"] = 1 }, Json<Dictionary<string, int>>()).IsValidated);
    }

    private static JsonTypeInfo<T> Json<T>() => (JsonTypeInfo<T>)JsonSerializerOptions.Default.GetTypeInfo(typeof(T));

    private static async Task<List<OwnedResult>> RunAsync(ToolPipeline pipeline, IEnumerable<ToolCall> rows)
    {
        var results = new List<OwnedResult>();
        await foreach (var result in pipeline.ExecuteAsync(YieldAsync(rows)))
        {
            results.Add(result.ToOwned());
        }

        return results;
    }

    private static async IAsyncEnumerable<ToolCall> YieldAsync(IEnumerable<ToolCall> rows)
    {
        foreach (var row in rows)
        {
            await Task.Yield();
            yield return row;
        }
    }

    /// <summary>Memory whose owner is gone.</summary>
    private sealed class Freed : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(8);

        public override Span<byte> GetSpan() => throw new ObjectDisposedException("the row's buffer");

        public override MemoryHandle Pin(int elementIndex = 0) => throw new ObjectDisposedException("the row's buffer");

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
