using System.Text.Json;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>Tables as people have them and as nobody should, end to end: what each comes to is what the guide's page on CSV says.</summary>
public sealed class HostileCsvTests
{
    public static TheoryData<string> Names { get; } = [.. HostileCsv.All.Select(static c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Run_Table_ComesToWhatTheGuideSays(string name)
    {
        var table = HostileCsv.All.Single(c => c.Name == name);
        using var folder = new JobFolder().Write(
            "job.yaml",
            $$$"""
            version: 1
            servers: { m: { mock: {} } }
            input: { path: {{{table.File}}} }
            call: { tool: m/echo, id: "{{id}}", arguments: { message: "{{q}}" } }
            output: { path: out.jsonl }
            memory: { budget: 64MiB }
            """);
        await File.WriteAllBytesAsync(folder.Of(table.File), table.Bytes);

        var end = (await RunningCommand.RunAsync(folder.Path, "run", "job.yaml", "--progress", "none")).Expect(table.ExitCode);

        // Rows are written as their calls end.
        var answers = folder.Records("out.jsonl").OrderBy(Row).Select(static r =>
            $"{r.GetProperty("custom_id").GetString()}={r.GetProperty("response").GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString()}");
        Assert.Equal(table.Answers, answers);
        var failures = folder.Records("out.errors.jsonl").OrderBy(Row).Select(static r => r.GetProperty("error").GetProperty("message").GetString()!).ToList();
        Assert.Equal(table.Failures.Count, failures.Count);
        Assert.All(table.Failures.Zip(failures), static pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
        Assert.All(table.Says, says => Assert.Contains($"penstock: {says}", end.Errors, StringComparison.Ordinal));
    }

    /// <summary>The page and the cases have the same names.</summary>
    [Fact]
    public void Guide_Table_HasEveryCaseAndNoOther()
    {
        var page = File.ReadAllLines(Checkout.PathOf("samples", "guide", "csv.md"));
        var named = page.SkipWhile(static l => !l.StartsWith("| in the file |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(static l => l.StartsWith('|')).Select(static l => l.Split('|')[1].Trim());
        Assert.Equal(HostileCsv.All.Select(static c => c.Name), named);
    }

    private static long Row(JsonElement record) => record.GetProperty("meta").GetProperty("row").GetInt64();
}
