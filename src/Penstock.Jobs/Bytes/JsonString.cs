using System.Buffers.Text;
using System.Text;

namespace Penstock.Jobs.Bytes;

/// <summary>The text of JSON strings.</summary>
internal static class JsonString
{
    private const int EscapeLength = 6;

    /// <summary>Appends what a string says.</summary>
    /// <param name="into">Takes the text; half a surrogate pair becomes U+FFFD.</param>
    /// <param name="raw">What stands between its quotes, of well-formed JSON.</param>
    public static void AppendText(ByteBuffer into, ReadOnlySpan<byte> raw)
    {
        while (true)
        {
            var at = raw.IndexOf((byte)'\\');
            if (at < 0 || at + 1 >= raw.Length)
            {
                into.Append(raw);
                return;
            }

            into.Append(raw[..at]);
            raw = raw[at..];
            raw = raw[(raw[1] == 'u' ? AppendCode(into, raw) : AppendNamed(into, raw[1]))..];
        }
    }

    private static int AppendNamed(ByteBuffer into, byte name)
    {
        into.Append(name switch
        {
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            _ => name,
        });
        return 2;
    }

    private static int AppendCode(ByteBuffer into, ReadOnlySpan<byte> raw)
    {
        var (used, rune) = (EscapeLength, Rune.ReplacementChar);
        if (TryCode(raw, out var code) && !Rune.TryCreate(code, out rune))
        {
            rune = Rune.ReplacementChar;
            if (TryCode(raw[EscapeLength..], out var low) && Rune.TryCreate(code, low, out var pair))
            {
                (used, rune) = (2 * EscapeLength, pair);
            }
        }

        into.Advance(rune.EncodeToUtf8(into.Room(4)));
        return Math.Min(used, raw.Length);
    }

    private static bool TryCode(ReadOnlySpan<byte> raw, out char code)
    {
        code = default;
        if (raw.Length < EscapeLength || raw[0] != '\\' || raw[1] != 'u'
            || !Utf8Parser.TryParse(raw[2..EscapeLength], out ushort value, out var used, 'x') || used != 4)
        {
            return false;
        }

        code = (char)value;
        return true;
    }
}
