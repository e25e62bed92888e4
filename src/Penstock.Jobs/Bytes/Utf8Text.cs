using System.Text;
using System.Text.Unicode;

namespace Penstock.Jobs.Bytes;

/// <summary>Reads text of others, and says of bytes that are not UTF-8 where that begins.</summary>
internal static class Utf8Text
{
    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a small file whole: UTF-8, or UTF-16 with a byte order mark. No byte becomes a replacement character.</summary>
    /// <exception cref="InvalidDataException">It is neither; the message is the rest of a sentence that starts with its name.</exception>
    public static string ReadFile(string path)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            return new UnicodeEncoding(bigEndian: bytes[0] == 0xFE, byteOrderMark: false).GetString(bytes[2..]);
        }

        bytes = bytes.StartsWith(Mark) ? bytes[Mark.Length..] : bytes;
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var line = 1;
        while (bytes.IndexOf((byte)'\n') is >= 0 and var end && Utf8.IsValid(bytes[..end]))
        {
            bytes = bytes[(end + 1)..];
            line++;
        }

        throw new InvalidDataException(FormattableString.Invariant($"line {line} {WhyNot(bytes, "the file")}"));
    }

    /// <summary>The rest of a sentence that says "is not UTF-8", with the first byte that is wrong, from 0, and the remedy.</summary>
    /// <param name="text">The bytes.</param>
    /// <param name="what">What is to be converted.</param>
    public static string WhyNot(ReadOnlySpan<byte> text, string what = "the input")
    {
        var at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out var read) == System.Buffers.OperationStatus.Done)
        {
            at += read;
        }

        return FormattableString.Invariant(
            $"is not UTF-8: byte {at} is 0x{text[at]:X2}; convert {what}, for example with iconv -f WINDOWS-1252 -t UTF-8");
    }
}
