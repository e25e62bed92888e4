using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Penstock.Jobs.Bytes;

/// <summary>
/// Bytes that are appended and then given out as one span. The array is pooled and grows as needed; spans end with the next append.
/// One owner, no locking.
/// </summary>
internal sealed class ByteBuffer(int capacity) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public int Capacity => _bytes.Length;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void CutTo(int length) => Length = length;

    /// <summary>Clears, and gives back an array that one giant record had grown.</summary>
    public void ClearTo(int wanted)
    {
        Length = 0;
        if (_bytes.Length > 4 * wanted)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = ArrayPool<byte>.Shared.Rent(wanted);
        }
    }

    /// <summary>Room for at least <paramref name="count"/> bytes; what of it was used is told to <see cref="Advance"/>.</summary>
    public Span<byte> Room(int count)
    {
        if (_bytes.Length - Length < count)
        {
            Grow(count);
        }

        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Append(byte value)
    {
        Room(1)[0] = value;
        Length++;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    public void AppendText(string text) => Length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));

    public void AppendNumber(long value)
    {
        Utf8Formatter.TryFormat(value, Room(20), out var written);
        Length += written;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    private void Grow(int count)
    {
        var wanted = Math.Max((long)Length + count, Math.Min(2L * _bytes.Length, Array.MaxLength));
        var bytes = ArrayPool<byte>.Shared.Rent(checked((int)wanted));
        _bytes.AsSpan(0, Length).CopyTo(bytes);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = bytes;
    }
}
