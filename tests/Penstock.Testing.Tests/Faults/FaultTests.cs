using System.Text.Json;
using Xunit;

namespace Penstock.Testing.Tests.Faults;

/// <summary>What each fault looks like from the other end of the wire: call 2 of three meets it.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task Disconnect_OnCall_RunsTheToolAndDeliversWhatCameBefore() =>
        Assert.Equal("1 | ran 2 | disconnected by script", await RunAsync(Fault.Disconnect));

    [Fact]
    public async Task DisconnectUnread_OnCall_DoesNotRunTheTool() =>
        Assert.Equal("1 | ran 1 | disconnected by script", await RunAsync(Fault.DisconnectUnread));

    [Fact]
    public async Task Exit_OnCall_LeavesItsMessage() =>
        Assert.Equal("1 | ran 2 | exited with code 1: gone", await RunAsync(Fault.Exit("gone")));

    [Fact]
    public async Task HalfReply_OnCall_CutsTheLine() =>
        Assert.Equal("""1 | half {"jsonrpc":"2.0","id":2,"result":{"resultType":"co | ran 2 | disconnected by script""", await RunAsync(Fault.HalfReply));

    [Fact]
    public async Task Garbage_OnCall_TakesTheAnswersPlace() => Assert.Equal("1 | garbage | 3 | ran 3 | open", await RunAsync(Fault.Garbage));

    [Fact]
    public async Task Banner_OnCall_ComesBeforeTheAnswer() => Assert.Equal("1 | garbage | 2 | 3 | ran 3 | open", await RunAsync(Fault.Banner));

    [Fact]
    public async Task Duplicate_OnCall_AnswersTwice() => Assert.Equal("1 | 2 | 2 | 3 | ran 3 | open", await RunAsync(Fault.Duplicate));

    [Fact]
    public async Task UnknownId_OnCall_ComesBeforeTheAnswer() => Assert.Equal("1 | nobody-asked | 2 | 3 | ran 3 | open", await RunAsync(Fault.UnknownId));

    [Fact]
    public async Task NoReply_OnCall_StaysSilent() => Assert.Equal("1 | 3 | ran 3 | open", await RunAsync(Fault.NoReply));

    [Fact]
    public async Task RpcError_OnCall_DoesNotRunTheTool() => Assert.Equal("1 | 2 error -32603 | 3 | ran 2 | open", await RunAsync(Fault.RpcError(-32603)));

    [Fact]
    public async Task ToolError_OnCall_RunsTheTool() => Assert.Equal("1 | 2 isError | 3 | ran 3 | open", await RunAsync(Fault.ToolError()));

    [Fact]
    public async Task Oversize_OnCall_IsWellFormedAndThatLong() => Assert.Equal("1 | 2 long | 3 | ran 3 | open", await RunAsync(Fault.Oversize(100_000)));

    [Fact]
    public async Task Delay_OnCall_LetsTheOthersPassAndObeysCancellation()
    {
        var clock = new ManualTimeProvider();
        using var server = NewServer(new FaultScript(1).OnCall(1, Fault.Delay(TimeSpan.FromSeconds(1))).OnCall(2, Fault.Delay(TimeSpan.FromSeconds(1))), clock);
        await using var client = await RawClient.ConnectAsync(server);
        await client.WriteAsync(Echo(1), Echo(2), Echo(3), """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}""");
        Assert.Equal(3, IdOf(await client.ReadAsync()));
        await server.WaitForCancelledAsync(1).WaitAsync(RawClient.Patience);

        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, IdOf(await client.ReadAsync()));
    }

    [Fact]
    public async Task Late_OnCall_AnswersThoughCancelled()
    {
        var clock = new ManualTimeProvider();
        using var server = NewServer(new FaultScript(1).OnCall(1, Fault.Late(TimeSpan.FromSeconds(1))), clock);
        await using var client = await RawClient.ConnectAsync(server);
        await client.WriteAsync(Echo(1), """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}""");
        await server.WaitForCancelledAsync(1).WaitAsync(RawClient.Patience);

        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, IdOf(await client.ReadAsync()));
    }

    [Fact]
    public async Task StallReading_OnCall_LeavesLaterCallsUnread()
    {
        var clock = new ManualTimeProvider();
        using var server = NewServer(new FaultScript(1).OnCall(1, Fault.StallReading(TimeSpan.FromSeconds(1))), clock);
        await using var client = await RawClient.ConnectAsync(server);
        await client.WriteAsync(Echo(1), Echo(2));
        Assert.Equal(1, IdOf(await client.ReadAsync()));
        await clock.WaitForTimersAsync(1).WaitAsync(RawClient.Patience);
        Assert.Equal(1, server.CallsReceived);

        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, IdOf(await client.ReadAsync()));
    }

    [Fact]
    public async Task StallWriting_OnCall_ReadsOnButWritesLater()
    {
        var clock = new ManualTimeProvider();
        using var server = NewServer(new FaultScript(1).OnCall(1, Fault.StallWriting(TimeSpan.FromSeconds(1))), clock);
        await using var client = await RawClient.ConnectAsync(server);
        await client.WriteAsync(Echo(1));
        await server.WaitForCallsAsync(1).WaitAsync(RawClient.Patience);
        await client.WriteAsync(Echo(2));
        await server.WaitForCallsAsync(2).WaitAsync(RawClient.Patience);
        await clock.WaitForTimersAsync(1).WaitAsync(RawClient.Patience);
        Assert.False(client.Stream.Pipe.Input.TryRead(out _));

        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, IdOf(await client.ReadAsync()));
        Assert.Equal(2, IdOf(await client.ReadAsync()));
    }

    [Fact]
    public async Task ShuffledMembers_OverManyCalls_ComeInEveryOrder()
    {
        using var server = NewServer(new FaultScript(1).WithShuffledMembers(), TimeProvider.System);
        await using var client = await RawClient.ConnectAsync(server);
        var orders = new HashSet<string>();
        for (var i = 0; i < 60; i++)
        {
            var answer = await client.AskAsync(Echo(i));
            Assert.Equal(i, IdOf(answer));
            orders.Add(string.Join(',', answer.EnumerateObject().Select(static m => m.Name)));
        }

        Assert.Equal(4, orders.Count);
    }

    [Fact]
    public async Task Script_WithTheSameSeed_GivesTheSameBytes()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var script = new FaultScript(seed).OnCall(101, Fault.Disconnect).WithProbability(0.1, Fault.Duplicate).WithProbability(0.2, Fault.Garbage).WithShuffledMembers().WithSplitWrites();
            Assert.Equal(await TranscriptAsync(script), await TranscriptAsync(script));
        }
    }

    private static async Task<string> TranscriptAsync(FaultScript script)
    {
        using var server = NewServer(script, TimeProvider.System);
        await using var client = await RawClient.ConnectAsync(server);
        await client.WriteAsync([.. Enumerable.Range(1, 101).Select(static i => Echo(i))]);
        var text = new System.Text.StringBuilder();
        while (await client.ReadLineAsync() is { } line)
        {
            text.AppendLine(line);
        }

        return text.ToString();
    }

    private static async Task<string> RunAsync(Fault fault)
    {
        using var server = NewServer(new FaultScript(1).OnCall(2, fault), TimeProvider.System);
        await using var client = await RawClient.ConnectAsync(server);
        await client.WriteAsync(Echo(1), Echo(2), Echo(3));
        var lines = new List<string>();
        while (lines is not [.., "3"])
        {
            if (await client.ReadLineAsync() is not { } line)
            {
                lines.AddRange(client.Rest.Length > 0 ? [$"half {client.Rest}"] : []);
                break;
            }

            lines.Add(Describe(line));
        }

        return string.Join(" | ", [.. lines, $"ran {server.CallsExecuted}", client.Stream.End?.Message ?? "open"]);
    }

    private static string Describe(string line)
    {
        try
        {
            var answer = JsonElement.Parse(line);
            var id = answer.GetProperty("id").ToString();
            return answer.TryGetProperty("error", out var error) ? $"{id} error {error.GetProperty("code").GetRawText()}"
                : answer.GetProperty("result").TryGetProperty("isError", out _) ? $"{id} isError"
                : line.Length > 100_000 ? $"{id} long"
                : id;
        }
        catch (JsonException)
        {
            return "garbage";
        }
    }

    private static LoopbackServer NewServer(FaultScript script, TimeProvider clock) => new(new MockServerOptions { Faults = script, Clock = clock });

    private static string Echo(int id) => RawClient.ModernCall(id, "echo", "{}");

    private static int IdOf(JsonElement answer) => answer.GetProperty("id").GetInt32();
}
