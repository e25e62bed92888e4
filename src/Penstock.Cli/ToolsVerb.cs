using System.CommandLine;
using System.Text.Json;
using Penstock.Jobs;

namespace Penstock.Cli;

/// <summary><c>penstock tools [SERVER]</c>.</summary>
internal static class ToolsVerb
{
    private static readonly JsonDocumentOptions Schemas = new() { MaxDepth = 512 };

    public static Command Create()
    {
        var server = new Argument<string?>("SERVER") { Description = "One server; without it all.", Arity = ArgumentArity.ZeroOrOne };
        var command = SharedOptions.Server();
        var file = SharedOptions.Servers();
        var json = SharedOptions.Json("Prints JSON, schemas included.");
        var set = SharedOptions.Set();
        var verb = new Command("tools", "Lists the tools that servers offer.\n\nExamples:\n  penstock tools --server \"npx -y some-mcp-server\"\n  penstock tools --servers job.yaml\n  penstock tools geo --servers mcp.json --json") { server, command, file, json, set };
        verb.SetAction((parsed, _) => RunAsync(parsed.GetValue(command), parsed.GetValue(file), parsed.GetValue(server), parsed.GetValue(set), parsed.GetValue(json)));
        return verb;
    }

    private static async Task<int> RunAsync(string? command, string? file, string? only, string[]? overrides, bool isJson)
    {
        using var source = ServersSource.Of(command, file);
        var read = source.Load(only, overrides);
        if (only is not null && !read.Servers.Any(s => s.Name == only))
        {
            return Messages.Fail(JobExitCode.Usage, $"{source.Shown} has no server '{only}'; it has: {string.Join(", ", read.Servers.Select(static s => s.Name))}");
        }

        using var signals = new StopSignals();
        var pipeline = await ServersPipeline.StartAsync(read, only, signals.Stop).ConfigureAwait(false);
        await using (pipeline.ConfigureAwait(false))
        {
            var servers = pipeline.Fleet.List();
            if (isJson)
            {
                WriteJson(servers);
            }
            else
            {
                Console.Out.Write(Table(servers));
            }

            await pipeline.StopAsync(signals.Abort).ConfigureAwait(false);
        }

        return 0;
    }

    internal static string Table(IReadOnlyList<ServerStatus> servers)
    {
        List<string[]> rows =
        [
            ["SERVER", "TOOL", "HINTS", "DESCRIPTION"],
            .. servers.SelectMany(static s => s.Tools.Select(t => new[] { s.Name, TerminalText.Line(t.Name), Hints(t), FirstLine(t) })),
        ];
        int[] widths = [.. Enumerable.Range(0, 3).Select(column => rows.Max(r => r[column].Length))];
        return string.Concat(rows.Select(r =>
            $"{r[0].PadRight(widths[0])}  {r[1].PadRight(widths[1])}  {r[2].PadRight(widths[2])}  {r[3]}".TrimEnd() + Environment.NewLine));
    }

    private static string Hints(ToolDescription tool)
    {
        string?[] hints = [tool.IsReadOnly ? "read-only" : null, tool.IsIdempotent ? "idempotent" : null, tool.RequiresTask ? "task" : null];
        var text = string.Join(',', hints.Where(static h => h is not null));
        return text.Length == 0 ? "-" : text;
    }

    private static string FirstLine(ToolDescription tool) =>
        TerminalText.Line((tool.Description ?? tool.Title ?? "").Trim().Split('\n')[0].TrimEnd('\r'));

    private static void WriteJson(IReadOnlyList<ServerStatus> servers)
    {
        using var output = StandardStreams.OpenOutput();
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartArray();
            foreach (var (server, tool) in servers.SelectMany(static s => s.Tools.Select(t => (s.Name, t))))
            {
                writer.WriteStartObject();
                writer.WriteString("server", server);
                writer.WriteString("tool", tool.Name);
                writer.WriteString("title", tool.Title);
                writer.WriteString("description", tool.Description);
                writer.WriteBoolean("read_only", tool.IsReadOnly);
                writer.WriteBoolean("idempotent", tool.IsIdempotent);
                writer.WriteBoolean("requires_task", tool.RequiresTask);
                WriteSchema(writer, "input_schema", tool.InputSchema);
                WriteSchema(writer, "output_schema", tool.OutputSchema);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        output.Write("\n"u8);
    }

    private static void WriteSchema(Utf8JsonWriter writer, string name, ReadOnlyMemory<byte> schema)
    {
        if (!schema.IsEmpty)
        {
            writer.WritePropertyName(name);
            // Not raw: the writer escapes what a terminal would obey.
            using var document = JsonDocument.Parse(schema, Schemas);
            document.WriteTo(writer);
        }
    }
}
