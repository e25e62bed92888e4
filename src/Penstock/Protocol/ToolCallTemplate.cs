using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>
/// The bytes that all calls of one tool share. Made once per tool and era; a call is then three copies and one number. Immutable, so
/// that any thread may write with it.
/// </summary>
internal sealed class ToolCallTemplate
{
    // Of a 64-bit integer with its sign.
    private const int MaxIdLength = 20;

    private readonly byte[] _beforeArguments;
    private readonly byte[] _afterArguments;

    /// <exception cref="ArgumentException"><paramref name="tool"/> cannot be a name: see <see cref="CanName"/>.</exception>
    public ToolCallTemplate(string tool, ProtocolEra era)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)era, (int)ProtocolEra.Auto, nameof(era));

        // Relaxed escaping keeps what is not ASCII as it is; the line never passes through HTML.
        var name = JsonEncodedText.Encode(tool, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;
        _beforeArguments = [.. ",\"method\":\"tools/call\",\"params\":{\"name\":\""u8, .. name, .. "\",\"arguments\":"u8];
        _afterArguments = era == ProtocolEra.Modern ? [.. ","u8, .. RequestMeta.Member, .. "}}\n"u8] : [.. "}}\n"u8];
    }

    private static ReadOnlySpan<byte> BeforeId => "{\"jsonrpc\":\"2.0\",\"id\":"u8;

    /// <summary>Whether the text can stand in JSON: half a surrogate pair cannot be encoded.</summary>
    public static bool CanName(ReadOnlySpan<char> tool)
    {
        while (tool.IndexOfAnyInRange('\uD800', '\uDFFF') is >= 0 and var at)
        {
            if (at + 1 == tool.Length || !char.IsSurrogatePair(tool[at], tool[at + 1]))
            {
                return false;
            }

            tool = tool[(at + 2)..];
        }

        return true;
    }

    /// <summary>An upper bound of what <see cref="Write"/> needs for arguments of that length.</summary>
    public int MaxLength(int argumentsLength) =>
        checked(BeforeId.Length + MaxIdLength + _beforeArguments.Length + Math.Max(argumentsLength, 2) + _afterArguments.Length);

    /// <summary>Writes one line, its newline included, and returns its length.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="id">The request's id.</param>
    /// <param name="arguments">
    /// One well-formed JSON object, copied as it is; empty means <c>{}</c>. Line breaks, which can only stand between its tokens, are left
    /// out: they would break the framing.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public int Write(Span<byte> destination, long id, ReadOnlySpan<byte> arguments)
    {
        BeforeId.CopyTo(destination);
        var rest = destination[BeforeId.Length..];
        if (!id.TryFormat(rest, out var idLength, default, CultureInfo.InvariantCulture))
        {
            ThrowTooShort();
        }

        rest = rest[idLength..];
        _beforeArguments.CopyTo(rest);
        rest = rest[_beforeArguments.Length..];
        if (arguments.IsEmpty)
        {
            arguments = "{}"u8;
        }

        var argumentsLength = arguments.Length;
        if (arguments.IndexOfAny((byte)'\n', (byte)'\r') < 0)
        {
            arguments.CopyTo(rest);
        }
        else
        {
            argumentsLength = CopyWithoutBreaks(arguments, rest);
        }

        rest = rest[argumentsLength..];
        _afterArguments.CopyTo(rest);
        return destination.Length - rest.Length + _afterArguments.Length;

        static void ThrowTooShort() => throw new ArgumentException("The destination is shorter than MaxLength.", nameof(destination));
    }

    private static int CopyWithoutBreaks(ReadOnlySpan<byte> arguments, Span<byte> destination)
    {
        var written = 0;
        while (!arguments.IsEmpty)
        {
            var run = arguments.IndexOfAny((byte)'\n', (byte)'\r');
            var part = run < 0 ? arguments : arguments[..run];
            part.CopyTo(destination[written..]);
            written += part.Length;
            arguments = run < 0 ? default : arguments[(run + 1)..];
        }

        return written;
    }
}
