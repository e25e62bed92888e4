using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>Every line that is not a tool call, complete with its newline. Rare, so that most are simply made anew.</summary>
internal static class ControlMessages
{
    /// <summary>The end of the legacy handshake.</summary>
    public static ReadOnlySpan<byte> Initialized => "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"u8;

    private static ReadOnlySpan<byte> BeforeCancelledId =>
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":"u8;

    private static ReadOnlySpan<byte> BeforeReason => ",\"reason\":\""u8;

    /// <summary>The modern era's probe, and its sign of life.</summary>
    public static byte[] Discover(long id) => Request(id, "server/discover"u8, [.. "{"u8, .. RequestMeta.Member, .. "}"u8]);

    /// <summary>The legacy handshake. Never to be cancelled.</summary>
    public static byte[] Initialize(long id) =>
        Request(
            id,
            "initialize"u8,
            [
                .. "{\"protocolVersion\":\""u8, .. Encoding.UTF8.GetBytes(Versions.NewestLegacy), .. "\",\"capabilities\":{},\"clientInfo\":"u8,
                .. RequestMeta.Client, .. "}"u8,
            ]);

    /// <summary>One page of the tool list.</summary>
    /// <param name="id">The request's id.</param>
    /// <param name="era">Modern or legacy.</param>
    /// <param name="cursor">What the page before gave; null for the first. An empty string is a cursor.</param>
    public static byte[] ToolsList(long id, ProtocolEra era, string? cursor)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)era, (int)ProtocolEra.Auto, nameof(era));
        byte[] page = cursor is null ? [] : [.. "\"cursor\":\""u8, .. Escape(cursor), .. "\""u8];
        byte[] comma = cursor is not null && era == ProtocolEra.Modern ? [(byte)','] : [];
        var meta = era == ProtocolEra.Modern ? RequestMeta.Member : default;
        return Request(id, "tools/list"u8, [.. "{"u8, .. page, .. comma, .. meta, .. "}"u8]);
    }

    /// <summary>Tells the server that nobody waits for that reply any more. After it there usually is none.</summary>
    public static byte[] Cancelled(long requestId, string reason)
    {
        var escaped = Escape(reason);
        var line = new byte[CancelledLength(escaped.Length)];
        return line[..WriteCancelled(line, requestId, escaped)];
    }

    /// <summary>An upper bound of what <see cref="WriteCancelled"/> needs.</summary>
    public static int CancelledLength(int reasonLength) => BeforeCancelledId.Length + 20 + BeforeReason.Length + reasonLength + 4;

    /// <summary>As <see cref="Cancelled"/>, in place: a server that hangs makes thousands of these at once.</summary>
    /// <param name="destination">At least <see cref="CancelledLength"/> bytes.</param>
    /// <param name="requestId">The call's id.</param>
    /// <param name="reason">A text that needs no escaping in JSON.</param>
    public static int WriteCancelled(Span<byte> destination, long requestId, ReadOnlySpan<byte> reason)
    {
        BeforeCancelledId.CopyTo(destination);
        var at = BeforeCancelledId.Length;
        requestId.TryFormat(destination[at..], out var idLength, default, CultureInfo.InvariantCulture);
        at += idLength;
        BeforeReason.CopyTo(destination[at..]);
        at += BeforeReason.Length;
        reason.CopyTo(destination[at..]);
        at += reason.Length;
        "\"}}\n"u8.CopyTo(destination[at..]);
        return at + 4;
    }

    /// <summary>Answers a server's <c>ping</c>.</summary>
    /// <param name="rawId">The id as the server wrote it.</param>
    public static byte[] EmptyResult(ReadOnlySpan<byte> rawId) => Reply(rawId, "\"result\":{}"u8);

    /// <summary>Answers anything else that a server asks; unanswered it may hang.</summary>
    /// <inheritdoc cref="EmptyResult"/>
    public static byte[] MethodNotFound(ReadOnlySpan<byte> rawId) =>
        Reply(rawId, "\"error\":{\"code\":-32601,\"message\":\"Method not found\"}"u8);

    private static byte[] Request(long id, ReadOnlySpan<byte> method, ReadOnlySpan<byte> parameters)
    {
        Span<byte> digits = stackalloc byte[20];
        id.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
        return
        [
            .. "{\"jsonrpc\":\"2.0\",\"id\":"u8, .. digits[..length], .. ",\"method\":\""u8, .. method, .. "\",\"params\":"u8, .. parameters, .. "}\n"u8,
        ];
    }

    private static byte[] Reply(ReadOnlySpan<byte> rawId, ReadOnlySpan<byte> outcome) =>
        [.. "{\"jsonrpc\":\"2.0\",\"id\":"u8, .. rawId, .. ","u8, .. outcome, .. "}\n"u8];

    private static ReadOnlySpan<byte> Escape(string text) =>
        JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;
}
