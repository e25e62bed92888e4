using System.Text.Unicode;

namespace Penstock.Jobs.Rows;

/// <summary>What a file's bytes are, besides UTF-8 text.</summary>
internal enum InputEncoding : byte
{
    None,
    Gzip,
    Utf16Little,
    Utf16Big,
}

/// <summary>Says from its first bytes why an input as a whole cannot be rows. A bad row is only a failed row; this is for the wrong file.</summary>
internal static class InputStart
{
    /// <summary>Binary files have a zero byte this early; text has none at all.</summary>
    private const int Looked = 4096;

    /// <summary>Of a shorter start no share is judged: a single zero byte may be more than 1 in 100.</summary>
    private const int LeastJudged = 400;

    private static ReadOnlySpan<byte> Gzip => [0x1F, 0x8B];

    private static ReadOnlySpan<byte> Utf16Little => [0xFF, 0xFE];

    private static ReadOnlySpan<byte> Utf16Big => [0xFE, 0xFF];

    private static ReadOnlySpan<byte> Zstandard => [0x28, 0xB5, 0x2F, 0xFD];

    public static InputEncoding EncodingOf(ReadOnlySpan<byte> start) =>
        start.StartsWith(Gzip) ? InputEncoding.Gzip
        : start.StartsWith(Utf16Little) ? InputEncoding.Utf16Little
        : start.StartsWith(Utf16Big) ? InputEncoding.Utf16Big
        : InputEncoding.None;

    /// <summary>Null, or the rest of a sentence that starts with the input's name.</summary>
    public static string? WhyNotText(ReadOnlySpan<byte> start)
    {
        switch (EncodingOf(start))
        {
            case InputEncoding.Gzip:
                return "is gzip within gzip, or comes through a pipe; decompress it, for example with zcat";
            case InputEncoding.Utf16Little or InputEncoding.Utf16Big:
                return "is UTF-16 and comes through a pipe; convert it to UTF-8, for example with iconv";
        }

        if (start.StartsWith(Zstandard) || start.StartsWith("PK\x03\x04"u8) || start.StartsWith("PAR1"u8))
        {
            return "is an archive or a binary table, not text; convert it to CSV or JSON lines";
        }

        return WhyZeroBytes(start[..Math.Min(Looked, start.Length)]);
    }

    /// <summary>
    /// Null, or the rest of a sentence, for a table of which nobody has said that it is one: its first line has several columns, and none of the
    /// lines at hand begins as JSON lines do. A single line of them that does, and the others are rows that are broken, which stop no job.
    /// </summary>
    public static string? WhyNotJsonLines(ReadOnlySpan<byte> start)
    {
        start = start.TrimStart(" \t\r\n"u8);
        foreach (var line in start.Split((byte)'\n'))
        {
            if (start[line].TrimStart(" \t"u8) is [(byte)'{' or (byte)'[', ..])
            {
                return null;
            }
        }

        var end = start.IndexOf((byte)'\n');
        var head = end < 0 ? start : start[..end];
        var format = head.Contains((byte)'\t') ? "tsv" : "csv";
        return head.IndexOfAny(",;\t"u8) < 0
            ? null
            : $"is read as JSON lines, and none of its first lines is JSON; if it is a table, add 'format: {format}' to the job's input, or --set input.format={format}";
    }

    /// <summary>
    /// A stray zero byte within a table is a matter of its row. A file is no text if its first line has one, if it has more than 1 in 100, or if
    /// what is there besides is not UTF-8 either.
    /// </summary>
    private static string? WhyZeroBytes(ReadOnlySpan<byte> start)
    {
        if (!start.Contains((byte)0))
        {
            return null;
        }

        var (even, odd) = (0, 0);
        for (var i = 0; i < start.Length; i++)
        {
            (even, odd) = (even + (start[i] == 0 && i % 2 == 0 ? 1 : 0), odd + (start[i] == 0 && i % 2 == 1 ? 1 : 0));
        }

        // Most letters of a table's first lines are ASCII, whose other byte is zero in UTF-16.
        if (Math.Max(even, odd) > 1 && 4 * Math.Max(even, odd) > start.Length && Math.Min(even, odd) == 0)
        {
            return $"is UTF-16 without a byte order mark; convert it with iconv -f UTF-16{(odd > 0 ? "LE" : "BE")} -t UTF-8";
        }

        var line = start.IndexOf((byte)'\n');
        return (line < 0 ? start : start[..line]).Contains((byte)0) || 100 * (even + odd) > Math.Max(start.Length, LeastJudged) || !Utf8.IsValid(CutToWhole(start))
            ? "is not text: it has zero bytes; give CSV or JSON lines"
            : null;
    }

    /// <summary>Without a letter at the end of which the rest may still come.</summary>
    private static ReadOnlySpan<byte> CutToWhole(ReadOnlySpan<byte> text)
    {
        var last = text.Length - 1;
        while (last > 0 && text.Length - last < 4 && (text[last] & 0xC0) == 0x80)
        {
            last--;
        }

        return text[last] >= 0xC0 ? text[..last] : text;
    }
}
