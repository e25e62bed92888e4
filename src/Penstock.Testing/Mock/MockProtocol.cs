using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Penstock.Testing;

/// <summary>What a mock server answers to everything but calls, encoded once per server. Immutable; shared by its sessions.</summary>
internal sealed class MockProtocol
{
    private const int InvalidParams = -32602;
    private const int UnsupportedVersion = -32022;
    private const string NewestLegacy = "2025-11-25";

    private static readonly string[] LegacyVersions = ["2024-11-05", "2025-03-26", "2025-06-18", NewestLegacy];

    private readonly ProtocolEra _era;
    private readonly byte[] _discover;
    private readonly Dictionary<string, byte[]> _initialize;
    private readonly byte[][] _legacyPages;
    private readonly byte[][] _modernPages;

    public MockProtocol(MockServerOptions options, IReadOnlyList<MockTool> tools)
    {
        _era = options.Era;
        _discover = Encode(json => WriteDiscover(json, options));
        _initialize = LegacyVersions.ToDictionary(static v => v, v => Encode(json => WriteInitialize(json, options, v)));
        var pages = tools.Count == 0 ? [[]] : tools.Chunk(options.PageSize == 0 ? tools.Count : options.PageSize).ToArray();
        _legacyPages = [.. pages.Select((page, i) => Encode(json => WritePage(json, page, i, pages.Length, isModern: false, options)))];
        _modernPages = [.. pages.Select((page, i) => Encode(json => WritePage(json, page, i, pages.Length, isModern: true, options)))];
    }

    public bool SpeaksLegacy => _era != ProtocolEra.Modern;

    public bool SpeaksModern => _era != ProtocolEra.Legacy;

    /// <summary>Whether the request may be served, and in which era; if not, the refusal is written.</summary>
    public bool TryAdmit(in RequestLine request, bool isInitialized, ReplyBuffer to, MemberOrder order, out bool isModern)
    {
        isModern = SpeaksModern && !request.MetaVersion.IsEmpty;
        if (!isModern && SpeaksLegacy && isInitialized)
        {
            return true;
        }

        if (!SpeaksModern)
        {
            Envelope.Error(to, request.Id, order, InvalidParams, "Received request before initialization was complete");
        }
        else if (!isModern)
        {
            Envelope.Error(to, request.Id, order, InvalidParams, "Missing _meta member io.modelcontextprotocol/protocolVersion");
        }
        else if (!request.MetaVersion.SequenceEqual("2026-07-28"u8))
        {
            Envelope.Error(to, request.Id, order, UnsupportedVersion, "Unsupported protocol version", Versions(request.MetaVersion));
        }
        else if (!request.HasCapabilities)
        {
            Envelope.Error(to, request.Id, order, InvalidParams, "Missing _meta member io.modelcontextprotocol/clientCapabilities");
        }
        else
        {
            return true;
        }

        return false;
    }

    public void Initialize(in RequestLine request, ReplyBuffer to, MemberOrder order)
    {
        var asked = System.Text.Encoding.UTF8.GetString(request.AskedVersion);
        Result(request.Id, to, order, _initialize.TryGetValue(asked, out var answer) ? answer : _initialize[NewestLegacy]);
    }

    public void Discover(in RequestLine request, ReplyBuffer to, MemberOrder order) => Result(request.Id, to, order, _discover);

    public void List(in RequestLine request, bool isModern, ReplyBuffer to, MemberOrder order)
    {
        var pages = isModern ? _modernPages : _legacyPages;
        var page = 0;
        if (request.HasCursor
            && (!Utf8Parser.TryParse(request.Cursor, out page, out var used) || used != request.Cursor.Length || page < 1 || page >= pages.Length))
        {
            Envelope.Error(to, request.Id, order, InvalidParams, "Invalid cursor");
            return;
        }

        Result(request.Id, to, order, pages[page]);
    }

    public static void Result(ReadOnlySpan<byte> id, ReplyBuffer to, MemberOrder order, ReadOnlySpan<byte> result)
    {
        Envelope.BeginResult(to, id, order);
        to.Write(result);
        Envelope.End(to, id, order);
    }

    private static byte[] Versions(ReadOnlySpan<byte> requested)
    {
        var text = System.Text.Encoding.UTF8.GetString(requested);
        return Encode(json =>
        {
            json.WriteStartObject();
            WriteSupported(json, "supported");
            json.WriteString("requested", text);
            json.WriteEndObject();
        });
    }

    private static void WriteSupported(Utf8JsonWriter json, string name)
    {
        json.WriteStartArray(name);
        json.WriteStringValue("2026-07-28");
        json.WriteEndArray();
    }

    private static void WriteDiscover(Utf8JsonWriter json, MockServerOptions options)
    {
        json.WriteStartObject();
        json.WriteString("resultType", "complete");
        WriteSupported(json, "supportedVersions");
        WriteCapabilities(json);
        WriteModernEnd(json, options);
    }

    private static void WriteInitialize(Utf8JsonWriter json, MockServerOptions options, string version)
    {
        json.WriteStartObject();
        json.WriteString("protocolVersion", version);
        WriteCapabilities(json);
        WriteServer(json, "serverInfo", options);
        json.WriteEndObject();
    }

    private static void WriteCapabilities(Utf8JsonWriter json)
    {
        json.WriteStartObject("capabilities");
        json.WriteStartObject("tools");
        json.WriteBoolean("listChanged", true);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteModernEnd(Utf8JsonWriter json, MockServerOptions options)
    {
        json.WriteNumber("ttlMs", 3_600_000);
        json.WriteString("cacheScope", "public");
        json.WriteStartObject("_meta");
        WriteServer(json, "io.modelcontextprotocol/serverInfo", options);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteServer(Utf8JsonWriter json, string name, MockServerOptions options)
    {
        json.WriteStartObject(name);
        json.WriteString("name", options.Name);
        json.WriteString("version", options.Version);
        json.WriteEndObject();
    }

    private static void WritePage(Utf8JsonWriter json, MockTool[] tools, int page, int pages, bool isModern, MockServerOptions options)
    {
        json.WriteStartObject();
        if (isModern)
        {
            json.WriteString("resultType", "complete");
        }

        json.WriteStartArray("tools");
        foreach (var tool in tools)
        {
            WriteTool(json, tool.Description);
        }

        json.WriteEndArray();
        if (page + 1 < pages)
        {
            json.WriteString("nextCursor", (page + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        if (isModern)
        {
            WriteModernEnd(json, options);
            return;
        }

        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, ToolDescription tool)
    {
        json.WriteStartObject();
        json.WriteString("name", tool.Name);
        WriteIfAny(json, "title", tool.Title);
        WriteIfAny(json, "description", tool.Description);
        json.WritePropertyName("inputSchema");
        json.WriteRawValue(tool.InputSchema.Span);
        if (!tool.OutputSchema.IsEmpty)
        {
            json.WritePropertyName("outputSchema");
            json.WriteRawValue(tool.OutputSchema.Span);
        }

        json.WriteStartObject("annotations");
        json.WriteBoolean("readOnlyHint", tool.IsReadOnly);
        json.WriteBoolean("idempotentHint", tool.IsIdempotent);
        json.WriteEndObject();
        if (tool.RequiresTask)
        {
            json.WriteStartObject("execution");
            json.WriteString("taskSupport", "required");
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteIfAny(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    // Schemas are written as their owners wrote them, but that a line break would end the message.
    private static byte[] Encode(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        var line = bytes.WrittenSpan.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        return line;
    }
}
