using System.Text.Json;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>The job files of the samples do what they say, without a network.</summary>
public sealed class SampleJobTests
{
    [Theory]
    [InlineData("enrich.yaml")]
    [InlineData("calls.yaml")]
    [InlineData("echo-100k.yaml")]
    public async Task Lint_Sample_SaysNothing(string name)
    {
        using var folder = WithSamples();
        Assert.Equal("", (await RunningCommand.RunAsync(folder.Path, "lint", $"samples/jobs/{name}")).Expect(0).Errors);
    }

    [Fact]
    public async Task Run_Enrich_CallsTheToolWithEachRowOfTheTable()
    {
        using var folder = WithSamples();

        (await RunningCommand.RunAsync(folder.Path, "run", "samples/jobs/enrich.yaml", "--progress", "none")).Expect(0);

        Assert.Empty(folder.Records("out-enrich.errors.jsonl"));
        var records = folder.Records("out-enrich.jsonl").ToDictionary(static r => r.GetProperty("custom_id").GetString()!, static r => Sent(r));
        Assert.Equal(Enumerable.Range(1, 20).Select(static i => $"C-{i:000}"), records.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("""{"address":"Storgata 1, 2nd floor, Oslo","orders":"12","returned":"1"}""", records["C-001"]);
        Assert.Equal("""{"address":"Av. Central 9\nApartment 4, Porto","orders":"2"}""", records["C-009"]);
    }

    private static string Sent(JsonElement record) => record.GetProperty("response").GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString()!;

    /// <summary>The samples lie where their paths say, and what they write goes with the folder.</summary>
    private static JobFolder WithSamples()
    {
        var samples = Path.Combine("samples", "jobs");
        var root = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(root, samples)))
        {
            root = Path.GetDirectoryName(root) ?? throw new DirectoryNotFoundException(samples);
        }

        var folder = new JobFolder();
        Directory.CreateDirectory(folder.Of(samples));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(root, samples)))
        {
            File.Copy(file, Path.Combine(folder.Of(samples), Path.GetFileName(file)));
        }

        return folder;
    }
}
