using System.Globalization;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>The job files of the samples do what they say, without a network.</summary>
public sealed class SampleJobTests
{
    [Theory]
    [InlineData("enrich.yaml")]
    [InlineData("calls.yaml")]
    [InlineData("orders.yaml")]
    public async Task Lint_Sample_SaysNothing(string name)
    {
        using var folder = WithSamples();
        Assert.Equal("", (await RunningCommand.RunAsync(folder.Path, "lint", $"samples/jobs/{name}")).Expect(0).Errors);
    }

    [Fact]
    public async Task Run_Enrich_AppendsToEachRowOfTheTableWhatTheToolAnswered()
    {
        using var folder = WithSamples();

        (await RunningCommand.RunAsync(folder.Path, "run", "samples/jobs/enrich.yaml", "--progress", "none")).Expect(0);

        Assert.Empty(folder.Records("out-enrich.errors.jsonl"));
        var rows = await File.ReadAllTextAsync(folder.Of("out-enrich.csv"));
        Assert.StartsWith("customer,name,street,city,orders,returned,sent\n", rows, StringComparison.Ordinal);
        Assert.All(Enumerable.Range(1, 20), i => Assert.Single(rows.Split($"\nC-{i:000},").Skip(1)));
        Assert.Contains(
            """
            C-001,Ada Lindqvist,"Storgata 1, 2nd floor",Oslo,12,1,"{""address"":""Storgata 1, 2nd floor, Oslo"",""orders"":""12"",""returned"":""1""}"
            """ + "\n",
            rows,
            StringComparison.Ordinal);
        Assert.Contains("""
            4",Porto,2,,"{""address"":""Av. Central 9\nApartment 4, Porto"",""orders"":""2""}"
            """ + "\n", rows, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Orders_AppendsItsSumToEveryRow()
    {
        using var folder = WithSamples();

        (await RunningCommand.RunAsync(folder.Path, "run", "samples/jobs/orders.yaml", "--progress", "none")).Expect(0);

        var rows = await File.ReadAllLinesAsync(folder.Of("out-orders.csv"));
        Assert.Equal("order,customer,city,goods,shipping,total", rows[0]);
        Assert.Equal(100_000, rows.Skip(1).Select(row => row[..8]).Distinct().Count());
        Assert.All(rows.Skip(1), static row =>
        {
            // Only the names of customers, before these cells, hold commas.
            var cells = row.Split(',');
            Assert.Equal(int.Parse(cells[^3], CultureInfo.InvariantCulture) + int.Parse(cells[^2], CultureInfo.InvariantCulture), int.Parse(cells[^1], CultureInfo.InvariantCulture));
        });
    }

    /// <summary>The samples lie where their paths say, and what they write goes with the folder.</summary>
    private static JobFolder WithSamples()
    {
        var samples = Path.Combine("samples", "jobs");
        var folder = new JobFolder();
        Directory.CreateDirectory(folder.Of(samples));
        foreach (var file in Directory.EnumerateFiles(Checkout.PathOf(samples)))
        {
            File.Copy(file, Path.Combine(folder.Of(samples), Path.GetFileName(file)));
        }

        return folder;
    }
}
