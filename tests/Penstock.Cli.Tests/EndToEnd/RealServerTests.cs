using System.Text;
using System.Text.Json;
using Penstock.Tests.EndToEnd;
using Xunit;

namespace Penstock.Cli.Tests.EndToEnd;

/// <summary>Whole jobs against a server that other people wrote.</summary>
public sealed class RealServerTests
{
    /// <summary>Far beyond the time that a killed process takes to go, on any machine.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [RequiresNodeFact(RealServer.Package)]
    public async Task Run_MixedRows_RecordsWhatTheServerSaidByteForByte()
    {
        var count = RealServer.IsLong ? 200_000 : 2_000;
        using var folder = new JobFolder();
        RealServer.WriteRows(folder.Of("rows.jsonl"), count);
        folder.Write("job.yaml", $$"""
            version: 1
            servers:
              e:
                command: sh
                args: [-c, 'node "$0" stdio "$1" | tee "$1"', "{{RealServer.Script}}", "{{folder.Of("wire.jsonl")}}"]
                connectTimeout: 5m
                validate: false # what the server itself says of wrong arguments is to be recorded
            input: { path: rows.jsonl }
            output: { path: out.jsonl }
            pipeline: { callTimeout: 10m }
            """);
        (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml")).Expect(1);
        Assert.Equal("", await ProcessTree.LeftAsync(folder.Path, Deadline));
        Assert.Equal(Enumerable.Range(0, count).Select(static i => (long)i), folder.Rows());

        var wire = Results(await File.ReadAllLinesAsync(folder.Of("wire.jsonl")));
        var checkedRows = 0;
        foreach (var line in await File.ReadAllLinesAsync(folder.Of("out.jsonl")))
        {
            const string Start = "\"response\":{\"server\":\"e\",\"result\":";
            var at = line.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
            var result = line[at..line.LastIndexOf("},\"error\":null", StringComparison.Ordinal)];
            Assert.True(wire.TryGetValue(result, out var times) && times > 0, $"the server never said: {result}");
            wire[result] = times - 1;
            checkedRows++;
        }

        foreach (var record in folder.Records("out.jsonl"))
        {
            Assert.Equal(Answer((int)Row(record)), Text(record.GetProperty("response").GetProperty("result")));
        }

        var errors = folder.Records("out.errors.jsonl");
        Assert.Equal(Enumerable.Range(0, count).Where(RealServer.IsWrong).Select(static i => (long)i), errors.Select(Row).Order());
        Assert.Equal(count - errors.Count, checkedRows);
        Assert.All(errors, static r => Assert.Equal("invalid_params", Type(r)));
    }

    [RequiresNodeFact(RealServer.Package)]
    public async Task Run_ServerKilledNowAndThen_AccountsForEveryRow()
    {
        const int Count = 50_000;
        const int Kills = 3;
        using var folder = new JobFolder();
        RealServer.WriteRows(folder.Of("rows.jsonl"), Count);
        folder.Write("job.yaml", $$"""
            version: 1
            servers:
              e: { command: node, args: ["{{RealServer.Script}}", stdio, "{{folder.Path}}"], replicas: 2, maxInFlight: 32, connectTimeout: 5m }
            input: { path: rows.jsonl }
            output: { path: out.jsonl }
            pipeline: { callTimeout: 5m }
            """);
        using var command = RunningCommand.Start(folder.Path, "run", "job.yaml");
        var killed = 0;
        using (var look = new PeriodicTimer(TimeSpan.FromMilliseconds(100)))
        {
            var end = command.EndAsync();
            while (killed < Kills && !end.IsCompleted && await look.WaitForNextTickAsync())
            {
                // Only once calls are under way: before that a start would fail, which is another story.
                if (File.Exists(folder.Of("out.jsonl")) && ProcessTree.WithMark($"stdio\0{folder.Path}") is [var id, ..])
                {
                    ProcessTree.Signal(id, "KILL");
                    killed++;
                }
            }

            (await end).Expect(1);
        }

        Assert.NotEqual(0, killed);
        Assert.Equal("", await ProcessTree.LeftAsync(folder.Path, Deadline));
        Assert.Equal(Enumerable.Range(0, Count).Select(static i => (long)i), folder.Rows());
        foreach (var record in folder.Records("out.errors.jsonl"))
        {
            if (record.GetProperty("error").GetProperty("executed").GetString() == "maybe")
            {
                Assert.Equal("server_exited", Type(record));
            }
        }
    }

    [RequiresNodeFact(RealServer.Package)]
    public async Task Run_KilledItself_LeavesNothingAlive()
    {
        using var folder = new JobFolder();
        var mark = folder.Path;

        // A shell gives what it starts in the background an empty input, hence the third descriptor.
        folder.Write("job.yaml", $$"""
            version: 1
            servers:
              a: { command: node, args: ["{{RealServer.Script}}", stdio, "{{mark}}"], replicas: 2, connectTimeout: 5m }
              b: { command: sh, args: [-c, 'exec 3<&0; node "$0" stdio "$1" <&3 & wait', "{{RealServer.Script}}", "{{mark}}"], connectTimeout: 5m }
              c: { command: sh, args: [-c, 'tail -f "$1/job.yaml" >/dev/null & exec node "$0" stdio "$1"', "{{RealServer.Script}}", "{{mark}}"], connectTimeout: 5m }
            input: { path: "-" }
            call: { tool: a/echo, arguments: { message: "x" } }
            output: { path: out.jsonl }
            """);
        using var command = RunningCommand.StartWithOpenInput(folder.Path, "run", "job.yaml");
        await ProcessTree.AppearAsync(mark, 6);
        using (var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50)))
        {
            while (!File.Exists(folder.Of("out.jsonl")))
            {
                await look.WaitForNextTickAsync();
            }
        }

        ProcessTree.Signal(command.Id, "KILL");
        (await command.EndAsync()).Expect(128 + 9);
        Assert.Equal("", await ProcessTree.LeftAsync(mark, Deadline));
    }

    /// <summary>The bytes of each result on the wire, and how often they came.</summary>
    private static Dictionary<string, int> Results(string[] lines)
    {
        var results = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            using var message = JsonDocument.Parse(line);
            if (message.RootElement.TryGetProperty("result", out var result))
            {
                var text = result.GetRawText();
                results[text] = results.GetValueOrDefault(text) + 1;
            }
        }

        return results;
    }

    private static string Answer(int i) => i % 2 == 0
        ? $"The sum of {i} and 1 is {i + 1}."
        : "Echo: " + JsonSerializer.Deserialize<string>(Encoding.UTF8.GetBytes($"\"{RealServer.Message(i)}\""));

    private static long Row(JsonElement record) => record.GetProperty("meta").GetProperty("row").GetInt64();

    private static string? Type(JsonElement record) => record.GetProperty("error").GetProperty("type").GetString();

    private static string? Text(JsonElement result) => result.GetProperty("content")[0].GetProperty("text").GetString();
}
