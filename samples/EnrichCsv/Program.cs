// A generic-host worker that enriches a CSV file: one call of a tool for each row, the answers into SQLite, the rows that failed into a table of
// their own. The server is a mock in this process, so that the sample needs no network.
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Penstock;
using Penstock.Hosting;
using Penstock.Testing;

using var mock = new LoopbackServer(new MockServerOptions().AddTool(
    new ToolDescription { Name = "population" },
    static arguments => arguments.GetProperty("city").GetString() is { Length: > 0 } city
        ? MockToolResult.Text($"{city.Length * 100_000}")
        : MockToolResult.Error("a city needs a name")));
var folder = Directory.CreateTempSubdirectory("enrich-csv");
var database = $"Data Source={Path.Combine(folder.FullName, "cities.db")};Pooling=False";

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddPenstock((_, p) => p.AddServer("geo", s => s.Transport = mock.Transport));
builder.Services.AddHostedService(s => new Enrichment(
    Path.Combine(AppContext.BaseDirectory, "cities.csv"), database, s.GetRequiredService<ToolPipeline>(), s.GetRequiredService<IHostApplicationLifetime>()));
await builder.Build().RunAsync();

using var connection = new SqliteConnection(database);
connection.Open();
var (known, failed) = (Count("cities"), Count("failed"));
connection.Close();
folder.Delete(recursive: true);
Console.WriteLine($"{known} cities have a population now; {failed} row failed.");
return (known, failed) == (199, 1) ? 0 : 1;

long Count(string table)
{
    using var command = connection.CreateCommand();
    command.CommandText = $"SELECT COUNT(*) FROM {table}";
    return (long)command.ExecuteScalar()!;
}

internal sealed class Enrichment(string csv, string database, ToolPipeline pipeline, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var connection = new SqliteConnection(database);
        connection.Open();
        using var transaction = connection.BeginTransaction();
        Run("CREATE TABLE cities (row INTEGER PRIMARY KEY, population INTEGER); CREATE TABLE failed (row INTEGER PRIMARY KEY, why TEXT)");
        await foreach (var result in pipeline.ExecuteAsync(ReadCalls(csv), stoppingToken))
        {
            // Results come as they end: the ordinal says which line of the file each belongs to.
            if (result.IsSuccess)
            {
                Run("INSERT INTO cities VALUES ($row, $value)", result.Ordinal, long.Parse(result.GetText()));
            }
            else
            {
                Run("INSERT INTO failed VALUES ($row, $value)", result.Ordinal, $"{result.Fault}: {result.GetText()}");
            }
        }

        transaction.Commit();
        lifetime.StopApplication();

        void Run(string sql, long row = 0, object? value = null)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.Transaction = transaction;
            command.Parameters.AddWithValue("$row", row);
            command.Parameters.AddWithValue("$value", value ?? DBNull.Value);
            command.ExecuteNonQuery();
        }
    }

    /// <summary>Read line by line as calls are taken in. This file quotes nothing; for files that do, use a CSV library here, or a job.</summary>
    private static IEnumerable<ToolCall> ReadCalls(string csv) => File.ReadLines(csv)
        .Skip(1)
        .Select(static line => ToolCall.Create("geo/population", new City(line.Split(',')[1]), SampleJson.Default.City));
}

internal sealed record City([property: JsonPropertyName("city")] string Name);

[JsonSerializable(typeof(City))]
internal sealed partial class SampleJson : JsonSerializerContext;
