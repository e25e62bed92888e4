using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Penstock.Calls;

/// <summary>The words in a result, for people: whatever a server sent, it never throws. Not on the hot path.</summary>
internal static class ResultText
{
    // A backslash, a 'u' and four digits.
    private const int EscapeLength = 6;

    public static string Read(ReadOnlySpan<byte> content, bool isJson) => (isJson ? ReadJson(content) : null) ?? Encoding.UTF8.GetString(content);

    private static string? ReadJson(ReadOnlySpan<byte> content)
    {
        try
        {
            return Parse(content);
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            // What System.Text.Json says of text that no string can hold, and of looking past a member that is named so.
            return Parse(Mend(content));
        }
    }

    private static string? Parse(ReadOnlySpan<byte> content)
    {
        var reader = new Utf8JsonReader(content);
        using var document = JsonDocument.ParseValue(ref reader);
        return Read(document.RootElement);
    }

    private static string? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (root.TryGetProperty("content", out var blocks) && blocks.ValueKind == JsonValueKind.Array)
        {
            var texts = blocks.EnumerateArray()
                .Where(static b => b.ValueKind == JsonValueKind.Object && b.TryGetProperty("text", out var t) && t.ValueKind == JsonValueKind.String)
                .Select(static b => b.GetProperty("text").GetString());
            return string.Join('\n', texts);
        }

        return root.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String ? message.GetString() : null;
    }

    /// <summary>Well-formed JSON with U+FFFD for what is no text in it: bytes that are not UTF-8, and halves of surrogate pairs.</summary>
    private static byte[] Mend(ReadOnlySpan<byte> json)
    {
        var mended = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        var at = 0;
        while (mended.AsSpan(at).IndexOf((byte)'\\') is var next and >= 0)
        {
            at += next;
            var escape = mended.AsSpan(at);
            if (!TryReadUnit(escape, out var unit))
            {
                at += 2;
                continue;
            }

            var isPair = char.IsHighSurrogate(unit) && TryReadUnit(escape[EscapeLength..], out var low) && char.IsLowSurrogate(low);
            if (char.IsSurrogate(unit) && !isPair)
            {
                "FFFD"u8.CopyTo(escape[2..]);
            }

            at += isPair ? 2 * EscapeLength : EscapeLength;
        }

        return mended;
    }

    private static bool TryReadUnit(ReadOnlySpan<byte> escape, out char unit)
    {
        var isUnit = escape.Length >= EscapeLength && escape.StartsWith("\\u"u8);
        var isRead = ushort.TryParse(isUnit ? escape[2..EscapeLength] : default, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code);
        unit = (char)code;
        return isRead;
    }
}
