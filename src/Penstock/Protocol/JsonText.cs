using System.Buffers.Text;
using System.Globalization;

namespace Penstock.Protocol;

/// <summary>Looks into scalars as they stand in JSON, without making strings of them. Raw = between the quotes, escapes and all.</summary>
internal static class JsonText
{
    /// <summary>
    /// Whether a raw string says <paramref name="ascii"/> once its escapes are undone. Needed for more than pedantry: PHP writes
    /// <c>notifications\/progress</c>.
    /// </summary>
    public static bool Matches(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> ascii)
    {
        if (raw.Length == ascii.Length)
        {
            return raw.SequenceEqual(ascii); // an escape is longer than what it stands for
        }

        return raw.Length > ascii.Length && raw.Contains((byte)'\\') && MatchesUnescaped(raw, ascii);
    }

    /// <summary>
    /// Undoes the escapes of a raw string until it ends or <paramref name="destination"/> is full; what is not ASCII comes out as it is
    /// written, or as <c>?</c> if it is written as an escape. Returns how many bytes were written.
    /// </summary>
    public static int Unescape(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        var written = 0;
        while (!raw.IsEmpty && written < destination.Length)
        {
            destination[written++] = Next(ref raw);
        }

        return written;
    }

    /// <summary>Reads a number that is an integer of 64 bits; <c>1.0</c> and <c>1e0</c> are none, as in System.Text.Json.</summary>
    public static bool TryReadInteger(ReadOnlySpan<byte> token, out long value)
    {
        if (Utf8Parser.TryParse(token, out value, out var consumed) && consumed == token.Length)
        {
            return true;
        }

        value = 0;
        return false;
    }

    private static bool MatchesUnescaped(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> ascii)
    {
        foreach (var expected in ascii)
        {
            if (raw.IsEmpty || Next(ref raw) != expected)
            {
                return false;
            }
        }

        return raw.IsEmpty;
    }

    // Takes one character off the front. Malformed escapes, possible only where nobody validated, yield '?'.
    private static byte Next(ref ReadOnlySpan<byte> raw)
    {
        var first = raw[0];
        if (first != '\\' || raw.Length < 2)
        {
            raw = raw[1..];
            return first;
        }

        var kind = raw[1];
        if (kind == 'u')
        {
            var end = Math.Min(6, raw.Length);
            var isCode = ushort.TryParse(raw[2..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code);
            raw = raw[end..];
            return isCode && code < 0x80 ? (byte)code : (byte)'?';
        }

        raw = raw[2..];
        return kind switch
        {
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'"' or (byte)'\\' or (byte)'/' => kind,
            _ => (byte)'?',
        };
    }
}
