// Ten thousand calls against one server, results as they come. The server is a mock in this process, so that the sample needs no network:
// put Transport.Stdio("npx", "-y", "some-mcp-server") in its place to start a real one.
using System.Text.Json.Serialization;
using Penstock;
using Penstock.Testing;

using var mock = new LoopbackServer(new MockServerOptions()
    .AddTool(
        new ToolDescription { Name = "lookup", Description = "Tells whether a city is known.", IsReadOnly = true },
        static arguments => arguments.GetProperty("city").GetString() is { Length: > 0 } city
            ? MockToolResult.Text($"{city} is known")
            : MockToolResult.Error("a city needs a name")));
var transport = mock.Transport;
var cities = Enumerable.Range(0, 10_000).Select(static i => i % 2_500 == 7 ? "" : $"city-{i}").ToList();
var known = 0;

#region readme-quickstart
await using var pipeline = new ToolPipelineBuilder()
    .AddServer("geo", s => s.Transport = transport) // or Transport.Stdio("npx", "-y", "some-mcp-server")
    .Build();

var calls = cities.Select(city => ToolCall.Create("geo/lookup", new Lookup(city), SampleJson.Default.Lookup));

await foreach (var result in pipeline.ExecuteAsync(calls)) // as they end; result.Ordinal says which call it was
{
    if (result.IsSuccess)
    {
        known++; // result.Content is the server's JSON, byte for byte, until the next iteration
    }
    else
    {
        Console.WriteLine($"call {result.Ordinal}: {result.Fault}: {result.GetText()}");
    }
}
#endregion

var figures = pipeline.Metrics.Snapshot();
Console.WriteLine($"{known} of {figures.Accepted} cities are known; {figures.Ended - figures.Succeeded} calls failed.");
return known == figures.Succeeded && figures.Ended == cities.Count ? 0 : 1;

internal sealed record Lookup(string City);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Lookup))]
internal sealed partial class SampleJson : JsonSerializerContext;
