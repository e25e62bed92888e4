using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace Penstock.Testing.Tests;

/// <summary>A client that knows nothing of the protocol: it writes lines and reads lines.</summary>
internal sealed class RawClient(ByteStream stream) : IAsyncDisposable
{
    public const string ModernMeta =
        """{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"raw","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}""";

    // A hang must end the test some day; nothing is ever timed by it.
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public ByteStream Stream { get; } = stream;

    public static async Task<RawClient> ConnectAsync(LoopbackServer server) => new(await server.Transport.OpenAsync(default));

    public static async Task<RawClient> ConnectLegacyAsync(LoopbackServer server)
    {
        var client = await ConnectAsync(server);
        await client.AskAsync("""{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}""");
        await client.WriteAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        return client;
    }

    public static string Call(long id, string tool, string arguments) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}""";

    public static string ModernCall(long id, string tool, string arguments) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}},"_meta":{{{ModernMeta}}}}}""";

    public static string Modern(long id, string method) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"{{{method}}}","params":{"_meta":{{{ModernMeta}}}}}""";

    public static string TextOf(JsonElement answer) => answer.GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString()!;

    public static int CodeOf(JsonElement answer) => answer.GetProperty("error").GetProperty("code").GetInt32();

    public async Task WriteAsync(params string[] lines)
    {
        foreach (var line in lines)
        {
            Stream.Pipe.Output.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }

        await Stream.Pipe.Output.FlushAsync().AsTask().WaitAsync(Patience);
    }

    /// <summary>The next line; null at the end, of whatever has no line break behind it too.</summary>
    public async Task<string?> ReadLineAsync()
    {
        var input = Stream.Pipe.Input;
        while (true)
        {
            var read = await input.ReadAsync().AsTask().WaitAsync(Patience);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, end));
                input.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            if (read.IsCompleted)
            {
                Rest = Encoding.UTF8.GetString(read.Buffer);
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                return null;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>What came behind the last line break, once the end was met.</summary>
    public string Rest { get; private set; } = "";

    public async Task<JsonElement> ReadAsync() =>
        JsonElement.Parse(await ReadLineAsync() ?? throw new EndOfStreamException("The server ended."));

    public async Task<JsonElement> AskAsync(string line)
    {
        await WriteAsync(line);
        return await ReadAsync();
    }

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
