using System.Text.Json;
using CsvHelper;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Penstock.Compare.Jobs;

/// <summary>The job as people write it today: the official SDK's client under Parallel.ForEachAsync, a record for each row.</summary>
internal static class SdkJob
{
    /// <summary>The first word of its command line.</summary>
    public const string Verb = "sdk-job";

    public static async Task<int> RunAsync(string input, string output, int inFlight, IReadOnlyList<string> server)
    {
        var transport = new StdioClientTransport(new StdioClientTransportOptions { Name = "server", Command = server[0], Arguments = [.. server.Skip(1)] });
        await using var client = await McpClient.CreateAsync(transport);
        await using var records = new StreamWriter(output);
        var failed = 0;
        var rows = Path.GetExtension(input) == ".csv" ? ReadCsv(input) : ReadLines(input);
        await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = inFlight }, async (row, stop) =>
        {
            Record record;
            try
            {
                var arguments = new Dictionary<string, object?> { ["message"] = row.Message };
                record = new Record(row.Id, await client.CallToolAsync("echo", arguments, cancellationToken: stop), null);
            }
            catch (McpException e)
            {
                record = new Record(row.Id, null, e.Message);
                Interlocked.Increment(ref failed);
            }

            var line = JsonSerializer.Serialize(record, Written);
            lock (records)
            {
                records.WriteLine(line);
            }
        });
        return failed == 0 ? 0 : 1;
    }

    private static readonly JsonSerializerOptions Read = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly JsonSerializerOptions Written = new(McpJsonUtilities.DefaultOptions) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static IEnumerable<Row> ReadLines(string path) => File.ReadLines(path).Select(static l => JsonSerializer.Deserialize<Row>(l, Read)!);

    private static IEnumerable<Row> ReadCsv(string path)
    {
        using var csv = CsvReader.FromFile(path);
        while (csv.Read())
        {
            yield return new Row(csv.GetString("id"), csv.GetString("message"));
        }
    }

    private sealed record Row(string Id, string Message);

    private sealed record Record(string CustomId, CallToolResult? Result, string? Error);
}
