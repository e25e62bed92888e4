using System.Text;

namespace Penstock.Jobs.Bytes;

/// <summary>Says of bytes that are not UTF-8 where that begins.</summary>
internal static class Utf8Text
{
    /// <summary>The rest of a sentence that says "is not UTF-8", with the first byte that is wrong, from 0, and the remedy.</summary>
    public static string WhyNot(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out var read) == System.Buffers.OperationStatus.Done)
        {
            at += read;
        }

        return FormattableString.Invariant(
            $"is not UTF-8: byte {at} is 0x{text[at]:X2}; convert the input, for example with iconv -f WINDOWS-1252 -t UTF-8");
    }
}
