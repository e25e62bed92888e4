namespace Penstock.Jobs.Rows;

/// <summary>Says from its first bytes why an input as a whole cannot be JSON lines. A bad row is only a failed row; this is for the wrong file.</summary>
internal static class InputStart
{
    /// <summary>Binary files have a zero byte this early; text has none at all.</summary>
    private const int Looked = 4096;

    private static ReadOnlySpan<byte> Gzip => [0x1F, 0x8B];

    private static ReadOnlySpan<byte> Utf16Little => [0xFF, 0xFE];

    private static ReadOnlySpan<byte> Utf16Big => [0xFE, 0xFF];

    private static ReadOnlySpan<byte> Zstandard => [0x28, 0xB5, 0x2F, 0xFD];

    /// <summary>Null, or the rest of a sentence that starts with the input's name.</summary>
    public static string? WhyNotText(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(Gzip))
        {
            return "is gzip, which is not built yet; decompress it";
        }

        if (start.StartsWith(Utf16Little) || start.StartsWith(Utf16Big))
        {
            return "is UTF-16; convert it to UTF-8";
        }

        if (start.StartsWith(Zstandard) || start.StartsWith("PK\x03\x04"u8) || start.StartsWith("PAR1"u8))
        {
            return "is an archive or a binary table, not text; convert it to JSON lines";
        }

        return start[..Math.Min(Looked, start.Length)].Contains((byte)0) ? "is not text: it has zero bytes; give JSON lines" : null;
    }
}
