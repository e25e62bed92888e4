using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace Penstock.Testing;

/// <summary>
/// The tools that every mock server has. They read their arguments from bytes and write their results as bytes, without objects.
/// </summary>
internal static class ReadyMadeTools
{
    private const int InternalError = -32603;
    private const double MaxSleep = 86_400_000;

    /// <summary>Writes the message's own bytes back, escapes and all; without a message, all arguments as JSON.</summary>
    public static void Echo(ReadOnlySpan<byte> arguments, ReplyBuffer to, ResultStart start)
    {
        var reader = new Utf8JsonReader(arguments);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMessage = Is(ref reader, "message"u8) || Is(ref reader, "text"u8);
            reader.Read();
            if (isMessage && reader.TokenType == JsonTokenType.String)
            {
                start.WriteText(to, arguments[(int)reader.TokenStartIndex..(int)reader.BytesConsumed]);
                return;
            }

            reader.Skip();
        }

        start.WriteJsonAsText(to, arguments);
    }

    /// <summary>Whether the name at hand is this one. A name with half a character in it is none, and must not end the server.</summary>
    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueTextEquals(name);
        }

        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Adds <c>a</c> and <c>b</c>: as integers where both are and the sum fits, else as doubles.</summary>
    public static void Add(ReadOnlySpan<byte> arguments, ReplyBuffer to, ResultStart start)
    {
        if (!TryFindNumber(arguments, "a"u8, out var a) || !TryFindNumber(arguments, "b"u8, out var b))
        {
            start.WriteText(to, "Input validation error: a and b must be numbers", isError: true);
            return;
        }

        Span<byte> json = stackalloc byte[48];
        "{\"sum\":"u8.CopyTo(json);
        const int NumberAt = 7;
        int length;
        if (IsInteger(a, out var x) && IsInteger(b, out var y) && ((x ^ (x + y)) & (y ^ (x + y))) >= 0)
        {
            Utf8Formatter.TryFormat(x + y, json[NumberAt..], out length);
        }
        else
        {
            if (!Utf8Parser.TryParse(a, out double u, out _) || !Utf8Parser.TryParse(b, out double v, out _) || !double.IsFinite(u + v))
            {
                start.WriteText(to, "The sum is too large", isError: true);
                return;
            }

            Utf8Formatter.TryFormat(u + v, json[NumberAt..], out length);
        }

        json[NumberAt + length] = (byte)'}';
        start.WriteStructured(to, json.Slice(NumberAt, length), json[..(NumberAt + length + 1)]);
    }

    /// <summary>Writes what is to be answered after the returned time.</summary>
    public static TimeSpan Sleep(ReadOnlySpan<byte> arguments, ReplyBuffer to, ResultStart start)
    {
        if (!TryFindNumber(arguments, "ms"u8, out var number)
            || !Utf8Parser.TryParse(number, out double ms, out _) || ms is not (>= 0 and <= MaxSleep))
        {
            start.WriteText(to, "Input validation error: ms must be a number from 0 to 86400000", isError: true);
            return TimeSpan.Zero;
        }

        start.WriteText(to, string.Create(CultureInfo.InvariantCulture, $"slept {ms} ms"));
        return TimeSpan.FromMilliseconds(ms);
    }

    /// <summary>Reads how a call of <c>fail</c> wants to fail; null = its arguments are wrong.</summary>
    public static Fault? Fail(ReadOnlySpan<byte> arguments)
    {
        var reader = new Utf8JsonReader(arguments);
        using var document = JsonDocument.ParseValue(ref reader);
        var message = Text(document.RootElement, "message") ?? "failed as asked";
        var code = document.RootElement.TryGetProperty("code", out var c) && c.ValueKind == JsonValueKind.Number && c.TryGetInt32(out var n)
            ? n
            : InternalError;
        return (Text(document.RootElement, "kind") ?? "tool_error") switch
        {
            "tool_error" => Fault.ToolError(message),
            "rpc" => Fault.RpcError(code, message),
            "garbage" => Fault.Garbage,
            "exit" => Fault.Exit(message),
            "hang" => Fault.NoReply,
            _ => null,
        };
    }

    private static string? Text(JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsInteger(ReadOnlySpan<byte> number, out long value) =>
        Utf8Parser.TryParse(number, out value, out var used) && used == number.Length;

    private static bool TryFindNumber(ReadOnlySpan<byte> arguments, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> number)
    {
        var reader = new Utf8JsonReader(arguments);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isWanted = Is(ref reader, name);
            reader.Read();
            if (isWanted)
            {
                number = reader.ValueSpan;
                return reader.TokenType == JsonTokenType.Number;
            }

            reader.Skip();
        }

        number = default;
        return false;
    }
}
