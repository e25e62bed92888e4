using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Penstock.Testing;

/// <summary>Bytes that grow at the end, and the few JSON writes that answers consist of. One owner at a time.</summary>
internal sealed class ReplyBuffer
{
    // What one oversize answer needed is given back; a full burst of ordinary answers stays below this.
    private const int KeptCapacity = 1 << 20;
    private const int FirstCapacity = 1 << 12;

    // The longest int64 in UTF-8 is below this.
    private const int MaxNumberLength = 32;

    private byte[] _bytes = new byte[FirstCapacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptCapacity)
        {
            _bytes = new byte[FirstCapacity];
        }
    }

    public void Truncate(int length) => Length = length;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    public void Fill(byte value, int count)
    {
        Room(count)[..count].Fill(value);
        Length += count;
    }

    public void WriteNumber(long value)
    {
        Utf8Formatter.TryFormat(value, Room(MaxNumberLength), out var written);
        Length += written;
    }

    /// <summary>Writes text as a JSON string, quotes included.</summary>
    public void WriteString(string text)
    {
        Write("\""u8);
        Write(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
        Write("\""u8);
    }

    /// <summary>
    /// Writes well-formed JSON as the inside of a JSON string. Such JSON holds no control characters but the whitespace between its tokens.
    /// </summary>
    public void WriteQuotedJson(ReadOnlySpan<byte> json)
    {
        while (json.IndexOfAny("\"\\\n\r\t"u8) is var special and >= 0)
        {
            Write(json[..special]);
            Write(json[special] switch
            {
                (byte)'"' => "\\\""u8,
                (byte)'\\' => "\\\\"u8,
                (byte)'\n' => "\\n"u8,
                (byte)'\r' => "\\r"u8,
                _ => "\\t"u8,
            });
            json = json[(special + 1)..];
        }

        Write(json);
    }

    /// <summary>Writes JSON with spaces for the line breaks between its tokens: a line break would end the message.</summary>
    public void WriteOnOneLine(ReadOnlySpan<byte> json)
    {
        var start = Length;
        Write(json);
        var written = _bytes.AsSpan(start, json.Length);
        written.Replace((byte)'\n', (byte)' ');
        written.Replace((byte)'\r', (byte)' ');
    }

    private Span<byte> Room(int size)
    {
        if (_bytes.Length - Length < size)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, checked(Length + size)));
        }

        return _bytes.AsSpan(Length);
    }
}
