using Xunit;

namespace Penstock.Testing.Tests.Mock;

public sealed class MockServerOptionsTests
{
    [Fact]
    public void Validate_OfDefaults_FindsNothing() => Assert.Empty(new MockServerOptions().Validate());

    [Fact]
    public void Validate_OfManyMistakes_ListsThemAll()
    {
        var options = new MockServerOptions
        {
            Latency = TimeSpan.FromTicks(-1),
            LatencyJitter = TimeSpan.FromDays(2),
            Era = (ProtocolEra)9,
            PageSize = -1,
            FailureRate = double.NaN,
            MaxLineBytes = 1,
            BuiltInTools = { "ecko", "echo" },
        };
        options.AddTool(new ToolDescription { Name = "add" }, _ => MockToolResult.Text(""));

        var problems = options.Validate();

        Assert.Equal(9, problems.Count);
        Assert.Contains("There is no ready-made tool 'ecko'; use echo, add, sleep, fail.", problems);
        Assert.Equal(problems, Assert.Throws<PipelineConfigurationException>(() => new MockServer(options)).Problems);
    }

    [Fact]
    public async Task FailureRate_OfAThird_MeetsTheSameCallsEveryTime()
    {
        var first = await FailuresAsync(seed: 5);

        Assert.Equal(first, await FailuresAsync(seed: 5));
        Assert.NotEqual(first, await FailuresAsync(seed: 6));
        Assert.InRange(first.Count(static failed => failed), 60, 140);
    }

    private static async Task<bool[]> FailuresAsync(int seed)
    {
        using var server = new LoopbackServer(new MockServerOptions { FailureRate = 1.0 / 3, Seed = seed });
        await using var client = await RawClient.ConnectAsync(server);
        var failed = new bool[300];
        await client.WriteAsync([.. failed.Select((_, i) => RawClient.ModernCall(i, "echo", "{}"))]);
        for (var i = 0; i < failed.Length; i++)
        {
            failed[i] = (await client.ReadAsync()).GetProperty("result").TryGetProperty("isError", out _);
        }

        return failed;
    }
}
