using System.Text;
using System.Text.Json;

namespace Penstock.Compare;

/// <summary>The bytes of the raw contender: one request with a hole of ten digits for the id, and the id of a reply.</summary>
internal sealed class RawWire
{
    /// <summary>Ids have ten digits, always: <see cref="FirstId"/> and above.</summary>
    public const long FirstId = 1_000_000_000;

    private const int IdDigits = 10;
    private static readonly byte[] IdFirst = [.. "{\"jsonrpc\":\"2.0\",\"id\":"u8];
    private static readonly byte[] ThenResult = [.. ",\"result\":{"u8];
    private static readonly byte[] ResultFirst = [.. "{\"result\":{"u8];
    private static readonly byte[] IdLast = [.. ",\"jsonrpc\":\"2.0\",\"id\":"u8];
    private readonly byte[] _request;

    public RawWire(bool isModern)
    {
        const string Client = $$"""{"name":"{{Contender.ClientName}}","version":"{{Contender.ClientVersion}}"}""";
        const string Meta =
            "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientInfo\":" + Client +
            ",\"io.modelcontextprotocol/clientCapabilities\":{}}";
        var callParams = $"\"name\":\"{Contender.Tool}\",\"arguments\":{Encoding.UTF8.GetString(Contender.Arguments)}{(isModern ? "," + Meta : "")}";
        _request = Request(FirstId, "tools/call", callParams);
        Handshake = isModern
            ? Request(1, "server/discover", Meta)
            : Request(1, "initialize", "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":" + Client);
        AfterHandshake = isModern ? [] : [.. "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"u8];
    }

    public byte[] Handshake { get; }

    public byte[] AfterHandshake { get; }

    public int RequestLength => _request.Length;

    /// <summary>Writes one request of <see cref="RequestLength"/> bytes.</summary>
    public void WriteRequest(Span<byte> into, long id)
    {
        _request.CopyTo(into);
        var digits = into.Slice(IdFirst.Length, IdDigits);
        for (var i = IdDigits - 1; i >= 0; i--)
        {
            (id, var digit) = Math.DivRem(id, 10);
            digits[i] = (byte)('0' + digit);
        }
    }

    /// <summary>The id of a successful reply, given its line; 0 for a notification or a blank line.</summary>
    /// <exception cref="InvalidDataException">The line is an error, a request of the server's, or nothing that JSON-RPC knows.</exception>
    public static long ReadId(ReadOnlySpan<byte> line)
    {
        var afterId = IdFirst.Length + IdDigits;
        if (line.StartsWith(IdFirst) && line.Length > afterId && line[afterId..].StartsWith(ThenResult))
        {
            return Digits(line.Slice(IdFirst.Length, IdDigits));
        }

        var beforeId = line.Length - 1 - IdDigits;
        if (line.StartsWith(ResultFirst) && beforeId > 0 && line[..beforeId].EndsWith(IdLast))
        {
            return Digits(line.Slice(beforeId, IdDigits));
        }

        return ReadOddId(line);
    }

    private static byte[] Request(long id, string method, string members) =>
        Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{""" + members + "}}\n");

    private static long Digits(ReadOnlySpan<byte> digits)
    {
        long id = 0;
        foreach (var digit in digits)
        {
            id = (id * 10) + (digit - '0');
        }

        return id;
    }

    private static long ReadOddId(ReadOnlySpan<byte> line)
    {
        if (line.Trim("\r \t"u8).IsEmpty)
        {
            return 0;
        }

        var reader = new Utf8JsonReader(line);
        using var message = JsonDocument.ParseValue(ref reader);
        var root = message.RootElement;
        if (root.TryGetProperty("method", out _) && !root.TryGetProperty("id", out _))
        {
            return 0;
        }

        return root.TryGetProperty("result", out _) && root.TryGetProperty("id", out var id)
            ? id.GetInt64()
            : throw new InvalidDataException($"Not a result: {Encoding.UTF8.GetString(line[..Math.Min(line.Length, 300)])}");
    }
}
