using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Penstock.Testing.Tests.Loopback;

public sealed class RandomScriptProperties
{
    private const int Calls = 100;

    /// <summary>
    /// Whatever a script does, no tool runs twice for one line, every answer is its call's own, and every connection ends.
    /// </summary>
    [Fact]
    public void Server_UnderAnyScript_RunsEachLineAtMostOnceAndEnds() =>
        Prop.ForAll<int>(static seed => CheckAsync(FaultScript.Random(seed, Calls)).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private static async Task CheckAsync(FaultScript script)
    {
        using var server = new LoopbackServer(new MockServerOptions { Faults = script, RecordsCalls = true });
        var sent = 0;
        for (var connects = 0; sent < Calls && connects < 20; connects++)
        {
            try
            {
                await using var client = await RawClient.ConnectAsync(server);
                await client.WriteAsync([.. Enumerable.Range(sent, 10).Select(static i => RawClient.ModernCall(i, "echo", $$"""{"message":"{{i}}"}"""))]);
                sent += 10;
                await client.Stream.Pipe.Output.CompleteAsync();
                while (await client.ReadLineAsync() is { } line)
                {
                    Check(line, script);
                }
            }
            catch (IOException)
            {
                // Refused by script.
            }
        }

        Assert.True(server.ExecutedCalls.Distinct().Count() == server.ExecutedCalls.Count, $"A call ran twice under {script}");
    }

    private static void Check(string line, FaultScript script)
    {
        JsonElement answer;
        try
        {
            answer = JsonElement.Parse(line);
        }
        catch (JsonException)
        {
            return;
        }

        if (answer.GetProperty("id").ValueKind == JsonValueKind.Number
            && answer.TryGetProperty("result", out var result)
            && !result.TryGetProperty("isError", out _))
        {
            Assert.True(RawClient.TextOf(answer) == answer.GetProperty("id").GetRawText(), $"{line} under {script}");
        }
    }
}
