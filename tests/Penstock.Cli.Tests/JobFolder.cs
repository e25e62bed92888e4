using System.Text.Json;

namespace Penstock.Cli.Tests;

/// <summary>A folder with a job, its rows and its records, removed with all that is in it.</summary>
internal sealed class JobFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("penstock-").FullName;

    public string Of(string name) => System.IO.Path.Combine(Path, name);

    public JobFolder Write(string name, string text)
    {
        File.WriteAllText(Of(name), text);
        return this;
    }

    /// <summary><c>job.yaml</c>: calls of a mock server's <c>echo</c> with the rows 0 to <paramref name="rows"/> - 1.</summary>
    public JobFolder WriteEchoJob(int rows, string mock = "", string more = "") => Write(
        "job.yaml",
        $$$"""
        version: 1
        servers: { m: { mock: { {{{mock}}} } } }
        input: { range: {{{rows}}} }
        call: { tool: m/echo, arguments: { message: "row {{n}}" } }
        output: { path: out.jsonl }
        {{{more}}}
        """);

    /// <summary>The records of a file; none if it is not there.</summary>
    public List<JsonElement> Records(string name)
    {
        var records = new List<JsonElement>();
        if (File.Exists(Of(name)))
        {
            var text = File.ReadAllText(Of(name));
            Xunit.Assert.True(text.Length == 0 || text.EndsWith('\n'), "the last line is whole");
            foreach (var line in text.Split('\n')[..^1])
            {
                using var document = JsonDocument.Parse(line);
                records.Add(document.RootElement.Clone());
            }
        }

        return records;
    }

    /// <summary>The numbers of all rows that have a record, in order.</summary>
    public List<long> Rows(string output = "out.jsonl", string errors = "out.errors.jsonl") =>
        [.. Records(output).Concat(Records(errors)).Select(static r => r.GetProperty("meta").GetProperty("row").GetInt64()).Order()];

    public JsonElement Json(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Of(name)));
        return document.RootElement.Clone();
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
