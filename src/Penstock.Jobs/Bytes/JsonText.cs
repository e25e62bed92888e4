using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Penstock.Jobs.Bytes;

/// <summary>JSON's text rules over UTF-8: escaping, and line breaks between tokens.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> MustEscape = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(static c => (byte)c), (byte)'"', (byte)'\\', 0x7F]);

    /// <summary>Appends text as a JSON string, quotes included.</summary>
    public static void AppendString(ByteBuffer into, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        AppendString(into, bytes);
    }

    /// <summary>Appends bytes as a JSON string, quotes included; what is not UTF-8 becomes U+FFFD.</summary>
    public static void AppendString(ByteBuffer into, ReadOnlySpan<byte> text)
    {
        into.Append((byte)'"');
        AppendEscaped(into, text);
        into.Append((byte)'"');
    }

    /// <summary>Appends bytes as the inside of a JSON string; what is not UTF-8 becomes U+FFFD.</summary>
    public static void AppendEscaped(ByteBuffer into, ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
        {
            text = Repair(text);
        }

        while (true)
        {
            var at = text.IndexOfAny(MustEscape);
            if (at < 0)
            {
                into.Append(text);
                return;
            }

            into.Append(text[..at]);
            AppendEscape(into, text[at]);
            text = text[(at + 1)..];
        }
    }

    /// <summary>Appends a JSON value as it is, except that CR and LF between its tokens become spaces and what is not UTF-8 becomes U+FFFD.</summary>
    /// <remarks>Inside a JSON string a raw CR or LF is illegal, so each one found stands between tokens.</remarks>
    public static void AppendOneLine(ByteBuffer into, ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            json = Repair(json);
        }

        while (true)
        {
            var at = json.IndexOfAny((byte)'\n', (byte)'\r');
            if (at < 0)
            {
                into.Append(json);
                return;
            }

            into.Append(json[..at]);
            into.Append((byte)' ');
            json = json[(at + 1)..];
        }
    }

    private static byte[] Repair(ReadOnlySpan<byte> text) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text));

    private static void AppendEscape(ByteBuffer into, byte value)
    {
        var room = into.Room(6);
        var name = value switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            _ => default,
        };
        room[0] = (byte)'\\';
        if (name != default)
        {
            room[1] = name;
            into.Advance(2);
            return;
        }

        "u00"u8.CopyTo(room[1..]);
        room[4] = Hex(value >> 4);
        room[5] = Hex(value & 15);
        into.Advance(6);
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);
}
