// Room Protocol: bytes to JSON-RPC and back, synchronous, over spans.
// May use Memory and Calls. Never pipes, await, or the state of a session.
using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Unicode;

namespace Penstock.Protocol;

/// <summary>
/// Skips JSON and proves it well formed (RFC 8259) on the way, in one pass and without a token object. It accepts exactly what
/// <see cref="System.Text.Json.Utf8JsonReader"/> accepts by default; like that one it does not look at UTF-8 inside strings.
/// </summary>
internal static class JsonScanner
{
    /// <summary>The deepest nesting, as in System.Text.Json. One bit of a <see cref="ulong"/> per level.</summary>
    public const int MaxDepth = 64;

    private static readonly SearchValues<byte> StringStops = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(static c => (byte)c), (byte)'"', (byte)'\\']);

    /// <summary>Whether <paramref name="json"/> is one JSON object in valid UTF-8, with nothing but whitespace around it.</summary>
    public static bool IsObject(ReadOnlySpan<byte> json)
    {
        var position = SkipWhitespace(json, 0);
        return position < json.Length && json[position] == '{'
            && TrySkipValue(json, ref position) && IsEnd(json, position)
            && Utf8.IsValid(json);
    }

    /// <summary>
    /// Skips whitespace and one value; on success <paramref name="position"/> is just past it. What follows is the caller's to judge
    /// (<c>1x</c> is the value 1 and a stray x).
    /// </summary>
    public static bool TrySkipValue(ReadOnlySpan<byte> json, ref int position) => TrySkipValue(json, ref position, MaxDepth);

    /// <param name="json">The bytes that hold the value.</param>
    /// <param name="position">Where it starts, and on success where it ended.</param>
    /// <param name="room">How many levels the value may open: <see cref="MaxDepth"/> less those around it.</param>
    /// <inheritdoc cref="TrySkipValue(ReadOnlySpan{byte}, ref int)"/>
    public static bool TrySkipValue(ReadOnlySpan<byte> json, ref int position, int room)
    {
        var end = SkipValue(json, position, room);
        if (end < 0)
        {
            return false;
        }

        position = end;
        return true;
    }

    /// <summary>Whether nothing but whitespace follows.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> json, int position) => SkipWhitespace(json, position) == json.Length;

    /// <summary>Reads a member's name, as it is written between its quotes, and the colon after it.</summary>
    public static bool TryReadName(ReadOnlySpan<byte> json, ref int position, out ByteRange name)
    {
        var end = SkipName(json, position, out var nameEnd);
        if (end < 0)
        {
            name = default;
            return false;
        }

        name = new ByteRange(position + 1, nameEnd - position - 1);
        position = end;
        return true;
    }

    // Compact JSON has none, so the first byte decides nearly always.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SkipWhitespace(ReadOnlySpan<byte> json, int at)
    {
        while ((uint)at < (uint)json.Length && json[at] <= ' ' && json[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            at++;
        }

        return at;
    }

    // Here and below: from a place to the place after, or -1. Places travel as values, because one passed by reference lives in memory
    // and not in a register, which cost a fifth of the time.
    private static int SkipValue(ReadOnlySpan<byte> json, int at, int room)
    {
        var depth = 0;
        var isObject = 0UL; // the lowest bit is the innermost open level

        while (true)
        {
            at = SkipWhitespace(json, at);
            if ((uint)at >= (uint)json.Length)
            {
                return -1;
            }

            var first = json[at];
            if (first == '"')
            {
                at = SkipString(json, at + 1);
            }
            else if (first is (byte)'{' or (byte)'[')
            {
                if (depth == room)
                {
                    return -1;
                }

                depth++;
                isObject = (isObject << 1) | (first == '{' ? 1UL : 0UL);
                at = SkipWhitespace(json, at + 1);
                if ((uint)at >= (uint)json.Length)
                {
                    return -1;
                }

                // '}' and ']' are two past their opening bytes in ASCII.
                if (json[at] != first + 2)
                {
                    if (first == '{')
                    {
                        at = SkipName(json, at, out _);
                        if (at < 0)
                        {
                            return -1;
                        }
                    }

                    continue;
                }
            }
            else
            {
                at = SkipScalar(json, at, first);
            }

            if (at < 0)
            {
                return -1;
            }

            while (true)
            {
                if (depth == 0)
                {
                    return at;
                }

                at = SkipWhitespace(json, at);
                if ((uint)at >= (uint)json.Length)
                {
                    return -1;
                }

                var next = json[at++];
                if (next == ',')
                {
                    if ((isObject & 1) != 0)
                    {
                        at = SkipName(json, SkipWhitespace(json, at), out _);
                        if (at < 0)
                        {
                            return -1;
                        }
                    }

                    break;
                }

                if (next != ((isObject & 1) != 0 ? (byte)'}' : (byte)']'))
                {
                    return -1;
                }

                depth--;
                isObject >>= 1;
            }
        }
    }

    // From a name's opening quote to just past its colon.
    private static int SkipName(ReadOnlySpan<byte> json, int at, out int nameEnd)
    {
        nameEnd = 0;
        if ((uint)at >= (uint)json.Length || json[at] != '"')
        {
            return -1;
        }

        at = SkipString(json, at + 1);
        if (at < 0)
        {
            return -1;
        }

        nameEnd = at - 1;
        at = SkipWhitespace(json, at);
        return (uint)at < (uint)json.Length && json[at] == ':' ? at + 1 : -1;
    }

    // From behind the opening quote to behind the closing one.
    private static int SkipString(ReadOnlySpan<byte> json, int at)
    {
        while (true)
        {
            at = FindStringStop(json, at);
            if ((uint)at >= (uint)json.Length)
            {
                return -1;
            }

            var stop = json[at];
            if (stop == '"')
            {
                return at + 1;
            }

            at = stop == '\\' ? SkipEscape(json, at) : -1;
            if (at < 0)
            {
                return -1;
            }
        }
    }

    // Names and most values end within 32 bytes, where the call into SearchValues costs more than the search: without these two blocks a
    // 190-byte reply takes 150 ns instead of 100. Beyond them its wider vectors win. The loop's condition keeps the load inside.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FindStringStop(ReadOnlySpan<byte> json, int at)
    {
        for (var blocks = 0; blocks < 2 && json.Length - at >= Vector128<byte>.Count; blocks++)
        {
            var bytes = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(json), (nuint)at);
            var stops = Vector128.Equals(bytes, Vector128.Create((byte)'"'))
                | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                | Vector128.Equals(bytes, Vector128.Min(bytes, Vector128.Create((byte)0x1f)));
            if (stops != Vector128<byte>.Zero)
            {
                return at + BitOperations.TrailingZeroCount(stops.ExtractMostSignificantBits());
            }

            at += Vector128<byte>.Count;
        }

        var found = json[at..].IndexOfAny(StringStops);
        return found < 0 ? json.Length : at + found;
    }

    private static int SkipEscape(ReadOnlySpan<byte> json, int at)
    {
        if (at + 1 >= json.Length)
        {
            return -1;
        }

        if (json[at + 1] != 'u')
        {
            return json[at + 1] is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t'
                ? at + 2
                : -1;
        }

        if (at + 6 > json.Length)
        {
            return -1;
        }

        foreach (var digit in json.Slice(at + 2, 4))
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return -1;
            }
        }

        return at + 6;
    }

    private static int SkipScalar(ReadOnlySpan<byte> json, int at, byte first) => first switch
    {
        (byte)'t' => SkipLiteral(json, at, "true"u8),
        (byte)'f' => SkipLiteral(json, at, "false"u8),
        (byte)'n' => SkipLiteral(json, at, "null"u8),
        _ => SkipNumber(json, at),
    };

    private static int SkipLiteral(ReadOnlySpan<byte> json, int at, ReadOnlySpan<byte> literal) =>
        json[at..].StartsWith(literal) ? at + literal.Length : -1;

    private static int SkipNumber(ReadOnlySpan<byte> json, int at)
    {
        if (json[at] == '-')
        {
            at++;
        }

        var end = SkipDigits(json, at);
        if (end < 0 || (json[at] == '0' && end - at > 1))
        {
            return -1;
        }

        if ((uint)end < (uint)json.Length && json[end] == '.')
        {
            end = SkipDigits(json, end + 1);
            if (end < 0)
            {
                return -1;
            }
        }

        if ((uint)end < (uint)json.Length && json[end] is (byte)'e' or (byte)'E')
        {
            end++;
            if ((uint)end < (uint)json.Length && json[end] is (byte)'+' or (byte)'-')
            {
                end++;
            }

            end = SkipDigits(json, end);
        }

        return end;
    }

    // At least one digit.
    private static int SkipDigits(ReadOnlySpan<byte> json, int at)
    {
        var start = at;
        while ((uint)at < (uint)json.Length && (uint)(json[at] - '0') <= 9)
        {
            at++;
        }

        return at > start ? at : -1;
    }
}
