using System.Buffers;

namespace Penstock.Jobs.Rows;

/// <summary>
/// The bytes of a stream, block by block: what is not yet taken stays, what was taken makes room. Drops a byte order mark at the start. Spans
/// and memory are borrowed and end with the next fill.
/// </summary>
internal sealed class InputBlocks : IDisposable
{
    /// <summary>One read: large enough that a system call and a wake-up cost nothing per row.</summary>
    public const int DefaultLength = 256 << 10;

    private readonly Stream _stream;
    private readonly Stream? _file;
    private readonly int _length;
    private byte[] _bytes;
    private int _start;
    private int _end;
    private bool _isAtStart = true;

    /// <param name="stream">Read from where it stands; disposed with the reader.</param>
    /// <param name="length">Bytes per read.</param>
    /// <param name="file">The file that the stream decodes; null = the stream itself, if it can seek.</param>
    public InputBlocks(Stream stream, int length = DefaultLength, Stream? file = null)
    {
        _stream = stream;
        _file = file ?? (stream.CanSeek ? stream : null);
        _length = length;
        _bytes = ArrayPool<byte>.Shared.Rent(length);
    }

    /// <summary>Whether the bytes come from a file: reads do not wait.</summary>
    public bool IsFile => _file is not null;

    /// <summary>How much of the file has been read, 0 to 1; null if it is none.</summary>
    public double? Fraction => _file is { } file ? file.Length == 0 ? 1 : Math.Min(1, (double)file.Position / file.Length) : null;

    /// <summary>Bytes read from the stream so far.</summary>
    public long Position { get; private set; }

    /// <summary>The stream's offset of the first byte of <see cref="Rest"/>.</summary>
    public long Offset => Position - (_end - _start);

    /// <summary>Whether the stream has ended.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>What was read and not yet taken.</summary>
    public ReadOnlySpan<byte> Rest => _isAtStart ? default : Kept;

    private ReadOnlySpan<byte> Kept => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Takes the first bytes of <see cref="Rest"/>.</summary>
    public ReadOnlyMemory<byte> Take(int count)
    {
        var taken = _bytes.AsMemory(_start, count);
        _start += count;
        return taken;
    }

    /// <summary>Reads more, waiting in the calling thread.</summary>
    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public bool Fill() => !IsAtEnd && Took(_stream.Read(MakeRoom().Span));

    /// <inheritdoc cref="Fill"/>
    public async ValueTask<bool> FillAsync(CancellationToken stop)
    {
        if (IsAtEnd)
        {
            // A terminal would ask for more, and want its end told twice.
            return false;
        }

        // A terminal or pipe of another program cannot be woken from a read: on stop the read is left behind, its array with it.
        var read = _stream.ReadAsync(MakeRoom(), CancellationToken.None);
        return Took(read.IsCompleted ? await read.ConfigureAwait(false) : await read.AsTask().WaitAsync(stop).ConfigureAwait(false));
    }

    public void Dispose()
    {
        // The array is not returned to the pool: a read that was left behind may still write to it.
        _stream.Dispose();
        _bytes = [];
        _start = _end = 0;
    }

    private Memory<byte> MakeRoom()
    {
        var kept = _end - _start;
        if (_bytes.Length - kept < _length)
        {
            // Doubling keeps the copies of one giant row below twice its length.
            Move(ArrayPool<byte>.Shared.Rent(Math.Max(kept + _length, 2 * kept)));
        }
        else if (_bytes.Length > 8 * _length && kept < _length)
        {
            Move(ArrayPool<byte>.Shared.Rent(2 * _length));
        }
        else if (_start > 0)
        {
            Kept.CopyTo(_bytes);
            (_start, _end) = (0, kept);
        }

        return _bytes.AsMemory(_end);
    }

    private void Move(byte[] bytes)
    {
        var kept = Kept.Length;
        Kept.CopyTo(bytes);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = bytes;
        (_start, _end) = (0, kept);
    }

    private bool Took(int count)
    {
        Position += count;
        _end += count;
        IsAtEnd = count == 0;
        if (_isAtStart)
        {
            DropByteOrderMark();
        }

        return !IsAtEnd;
    }

    /// <summary>The mark may come in pieces: nothing is given out while what is here is its beginning.</summary>
    private void DropByteOrderMark()
    {
        var mark = "\uFEFF"u8;
        var start = Kept[..Math.Min(Kept.Length, mark.Length)];
        _isAtStart = !IsAtEnd && start.Length < mark.Length && mark.StartsWith(start);
        if (start.SequenceEqual(mark))
        {
            _start = mark.Length;
        }
    }
}
