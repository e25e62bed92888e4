using System.CommandLine;
using System.Text.Json;
using Penstock.Cli.Servers;
using Penstock.Cli.Streams;
using Penstock.Cli.Text;
using Penstock.Jobs;
using Penstock.Jobs.Bytes;
using Penstock.Jobs.Config;

namespace Penstock.Cli.Verbs;

/// <summary><c>penstock tools [SERVER[/TOOL]]</c>.</summary>
internal static class ToolsVerb
{
    private sealed record Request(string? Asked, string? Command, string? File, string[] Overrides, string[] EnvFiles, bool IsJson);

    public static Command Create()
    {
        var asked = new Argument<string?>("SERVER[/TOOL]") { Description = "One server, or one tool in full; with one server the tool's name alone is enough. Without it all.", Arity = ArgumentArity.ZeroOrOne };
        var command = SharedOptions.Server();
        var file = SharedOptions.Servers();
        var json = SharedOptions.Json("Prints JSON, schemas included.");
        var set = SharedOptions.Set();
        var verb = new Command("tools", "Lists the tools of servers, or shows one with its arguments.\n\nExamples:\n  penstock tools --server \"npx -y some-mcp-server\"\n  penstock tools --servers job.yaml\n  penstock tools geo/geocode --servers mcp.json\n  penstock tools geo --servers mcp.json --json") { asked, command, file, json, set };
        verb.SetAction((parsed, _) => RunAsync(new Request(
            parsed.GetValue(asked), parsed.GetValue(command), parsed.GetValue(file), parsed.GetValue(set) ?? [], EnvFiles.Given(parsed), parsed.GetValue(json))));
        return verb;
    }

    private static async Task<int> RunAsync(Request request)
    {
        var source = ServersSource.Of(request.Command, request.File);
        var read = source.Load(request.Asked is null ? null : ToolTarget.ServerIn(request.Asked), request.Overrides);
        var target = request.Asked is null ? null : ToolTarget.OfServerOrTool(request.Asked, read, source.Shown);
        using var signals = new StopSignals();
        var pipeline = await ServersPipeline.StartAsync(read, target?.Server, signals.Stop).ConfigureAwait(false);
        await using (pipeline.ConfigureAwait(false))
        {
            var servers = pipeline.Fleet.List();
            if (target?.Tool is { } name)
            {
                servers = [Only(servers.Single(s => s.Name == target.Server), name)];
            }

            if (request.IsJson)
            {
                WriteJson(servers);
            }
            else if (target?.Tool is not null)
            {
                Console.Out.Write(ToolPage.Of(target.Server, servers[0].Tools[0], OptionsOf(request, source), Terminal.OutputWidth ?? Terminal.UsualWidth));
            }
            else
            {
                // Behind a pipe a tool is a line.
                Console.Out.Write(Table(servers, Terminal.OutputWidth ?? int.MaxValue));
            }

            await pipeline.StopAsync(signals.Abort).ConfigureAwait(false);
        }

        return 0;
    }

    internal static string Table(IReadOnlyList<ServerStatus> servers, int width) => TextColumns.Table(
        [
            ["SERVER", "TOOL", "HINTS", "DESCRIPTION"],
            .. servers.SelectMany(static s => s.Tools.Select(t => new[] { s.Name, TerminalText.Line(t.Name), ToolPage.Hints(t) is { Length: > 0 } hints ? hints : "-", FirstLine(t) })),
        ],
        whole: 3,
        width);

    /// <summary>The server with one tool alone.</summary>
    /// <exception cref="JobException">It has no such tool.</exception>
    private static ServerStatus Only(ServerStatus server, string name)
    {
        if (server.Tools.FirstOrDefault(t => t.Name == name) is { } tool)
        {
            return server with { Tools = [tool] };
        }

        var near = NearestKey.Find(name, server.Tools.Select(static t => t.Name)) is { } found ? $" did you mean '{found}'?" : "";
        throw new JobException(JobExitCode.Usage, [$"server '{server.Name}' has no tool '{name}';{near} it has: {string.Join(", ", server.Tools.Select(static t => t.Name))}"]);
    }

    private static string OptionsOf(Request request, ServersSource source) => string.Join(
        ' ',
        [source.Option, .. request.Overrides.Select(static o => $"--set {ShellWord.Of(o)}"), .. request.EnvFiles.Select(static f => $"--env-file {ShellWord.Of(f)}")]);

    private static string FirstLine(ToolDescription tool) =>
        TerminalText.Line((tool.Description ?? tool.Title ?? "").Trim().Split('\n')[0].TrimEnd('\r'));

    private static void WriteJson(IReadOnlyList<ServerStatus> servers)
    {
        // Whole or not at all.
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Indented = true }))
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

        json.Write("\n"u8);
        using var output = StandardStreams.OpenOutput();
        json.WriteTo(output);
    }

    private static void WriteSchema(Utf8JsonWriter writer, string name, ReadOnlyMemory<byte> schema)
    {
        if (!schema.IsEmpty)
        {
            writer.WritePropertyName(name);
            // Not raw: the writer escapes what a terminal would obey.
            using var document = SchemaWords.Parse(schema);
            document.WriteTo(writer);
        }
    }
}
