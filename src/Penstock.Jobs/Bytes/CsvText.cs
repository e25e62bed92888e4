using System.Buffers;

namespace Penstock.Jobs.Bytes;

/// <summary>Writes the cells of a table: in quotes, and with those doubled, where they need it (RFC 4180).</summary>
internal sealed class CsvText(byte separator)
{
    private readonly SearchValues<byte> _mustQuote = SearchValues.Create([separator, (byte)'"', (byte)'\r', (byte)'\n']);

    public byte Separator => separator;

    public void AppendCell(ByteBuffer into, ReadOnlySpan<byte> text)
    {
        if (!text.ContainsAny(_mustQuote))
        {
            into.Append(text);
            return;
        }

        into.Append((byte)'"');
        for (var at = text.IndexOf((byte)'"'); at >= 0; at = text.IndexOf((byte)'"'))
        {
            into.Append(text[..(at + 1)]);
            into.Append((byte)'"');
            text = text[(at + 1)..];
        }

        into.Append(text);
        into.Append((byte)'"');
    }

    /// <summary>Appends a cell whose quotes are doubled already.</summary>
    public static void AppendDoubled(ByteBuffer into, ReadOnlySpan<byte> text)
    {
        into.Append((byte)'"');
        into.Append(text);
        into.Append((byte)'"');
    }
}
