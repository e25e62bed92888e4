using System.Buffers;
using System.Text.Json;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>
/// A cell to a JSON value of the type that is asked for, where nothing is lost by it: text to the number that it spells, a number to its text. Pure.
/// </summary>
internal static class ValueConversion
{
    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    /// <summary>Appends the value.</summary>
    /// <returns>False, and nothing appended, if the cell is no value of that type.</returns>
    public static bool TryAppend(ByteBuffer into, ReadOnlySpan<byte> cell, CellKind kind, ValueKind wanted)
    {
        switch (kind)
        {
            case CellKind.Text when wanted is ValueKind.String or ValueKind.Any:
                JsonText.AppendString(into, cell);
                return true;
            case CellKind.Text:
                return TryAppendSpelled(into, Trim(cell), wanted);
            case CellKind.String when wanted is ValueKind.String or ValueKind.Any:
                into.Append(cell);
                return true;
            case CellKind.String:
                // Escapes stand for nothing that a number or a word has; a structure is not looked for in a string.
                return wanted != ValueKind.Structure && TryAppendSpelled(into, Trim(cell[1..^1]), wanted);
            case CellKind.Json when wanted == ValueKind.String && cell[0] is not ((byte)'{' or (byte)'['):
                into.Append((byte)'"');
                into.Append(cell);
                into.Append((byte)'"');
                return true;
            default:
                into.Append(cell);
                return true;
        }
    }

    private static bool TryAppendSpelled(ByteBuffer into, ReadOnlySpan<byte> text, ValueKind wanted)
    {
        if (wanted == ValueKind.Boolean)
        {
            var isTrue = Is(text, "true"u8) || text is [(byte)'1'];
            if (!isTrue && !Is(text, "false"u8) && text is not [(byte)'0'])
            {
                return false;
            }

            into.Append(isTrue ? "true"u8 : "false"u8);
            return true;
        }

        if (wanted == ValueKind.Integer)
        {
            // Programs that know no missing whole number write 17 as 17.0.
            var point = text.IndexOf((byte)'.');
            text = point > 0 && point + 1 < text.Length && text[(point + 1)..].IndexOfAnyExcept((byte)'0') < 0 ? text[..point] : text;
        }

        var fits = wanted == ValueKind.Structure ? IsStructure(text) : IsNumber(text, isWhole: wanted == ValueKind.Integer);
        if (fits)
        {
            JsonText.AppendOneLine(into, text);
        }

        return fits;
    }

    /// <summary>JSON's grammar of numbers (RFC 8259, section 6).</summary>
    private static bool IsNumber(ReadOnlySpan<byte> text, bool isWhole)
    {
        if (text is [(byte)'-', ..])
        {
            text = text[1..];
        }

        var whole = CountDigits(text);
        if (whole == 0 || (whole > 1 && text[0] == '0'))
        {
            return false;
        }

        text = text[whole..];
        if (isWhole)
        {
            return text.IsEmpty;
        }

        if (text is [(byte)'.', ..])
        {
            var digits = CountDigits(text[1..]);
            if (digits == 0)
            {
                return false;
            }

            text = text[(1 + digits)..];
        }

        if (text is [(byte)'e' or (byte)'E', ..])
        {
            text = text[1..];
            text = text is [(byte)'+' or (byte)'-', ..] ? text[1..] : text;
            var digits = CountDigits(text);
            return digits > 0 && digits == text.Length;
        }

        return text.IsEmpty;
    }

    private static int CountDigits(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyExcept(Digits);
        return end < 0 ? text.Length : end;
    }

    private static bool IsStructure(ReadOnlySpan<byte> text)
    {
        if (text is not [(byte)'{' or (byte)'[', ..])
        {
            return false;
        }

        var reader = new Utf8JsonReader(text, CallLine.ReaderOptions);
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.Length == word.Length && System.Text.Ascii.EqualsIgnoreCase(text, word);

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\r\n"u8);
}
