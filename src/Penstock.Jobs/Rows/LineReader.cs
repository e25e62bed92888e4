using System.Buffers;

namespace Penstock.Jobs.Rows;

/// <summary>
/// Cuts a stream into lines without a copy or an object per line. A line is borrowed: it ends with the next call. Ends at LF, drops a CR before
/// it and a byte order mark at the start; the last line needs no LF.
/// </summary>
internal sealed class LineReader : IDisposable
{
    /// <summary>One read: large enough that a system call and a wake-up cost nothing per line.</summary>
    public const int BlockLength = 256 << 10;

    /// <summary>The longest line; a longer one is told as too long, with its start.</summary>
    public const int MaxLineLength = 64 << 20;

    private readonly Stream _stream;
    private readonly int _blockLength;
    private readonly int _maxLineLength;
    private byte[] _bytes;

    /// <summary>The line being looked for starts here; its end is not before <see cref="_searched"/>; bytes end at <see cref="_end"/>.</summary>
    private int _start;
    private int _searched;
    private int _end;

    /// <summary>The rest of a line that was told as too long is thrown away as it comes.</summary>
    private bool _isSkipping;
    private bool _isAtStart = true;
    private bool _isAtEnd;

    /// <param name="stream">Read from where it stands; disposed with the reader.</param>
    /// <param name="blockLength">Bytes per read.</param>
    /// <param name="maxLineLength">The longest line, in bytes.</param>
    public LineReader(Stream stream, int blockLength = BlockLength, int maxLineLength = MaxLineLength)
    {
        _stream = stream;
        _blockLength = blockLength;
        _maxLineLength = maxLineLength;
        _bytes = ArrayPool<byte>.Shared.Rent(blockLength);
    }

    /// <summary>Bytes taken from the stream so far.</summary>
    public long Position { get; private set; }

    /// <summary>What is in memory and not yet given out.</summary>
    public ReadOnlySpan<byte> Buffered => _bytes.AsSpan(_start, _end - _start);

    /// <summary>The next line of what is in memory.</summary>
    /// <param name="line">The line without its end; of one that is too long, its start.</param>
    /// <param name="isTooLong">Whether the line was longer than allowed.</param>
    /// <returns>False if more must be read first, or nothing is left.</returns>
    public bool TryRead(out ReadOnlyMemory<byte> line, out bool isTooLong)
    {
        isTooLong = false;
        while (true)
        {
            var length = _bytes.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            int next;
            if (length >= 0)
            {
                length += _searched - _start;
                next = _start + length + 1;
            }
            else
            {
                _searched = _end;
                length = _end - _start;
                next = _end;
                isTooLong = length > _maxLineLength && !_isSkipping;
                if (!isTooLong && (!_isAtEnd || length == 0))
                {
                    line = default;
                    return false;
                }
            }

            var start = _start;
            _start = _searched = next;
            if (_isSkipping)
            {
                _isSkipping = false;
                continue;
            }

            _isSkipping = isTooLong;
            isTooLong |= length > _maxLineLength;
            line = _bytes.AsMemory(start, length > 0 && !isTooLong && _bytes[start + length - 1] == '\r' ? length - 1 : length);
            return true;
        }
    }

    /// <summary>Reads more, waiting in the calling thread.</summary>
    /// <returns>False at the end of the stream; a last line without LF can be read then.</returns>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public bool Fill() => Took(_stream.Read(MakeRoom().Span));

    /// <inheritdoc cref="Fill"/>
    public async ValueTask<bool> FillAsync(CancellationToken stop)
    {
        // A terminal or pipe of another program cannot be woken from a read: on stop the read is left behind, its array with it.
        var read = _stream.ReadAsync(MakeRoom(), CancellationToken.None);
        return Took(read.IsCompleted ? await read.ConfigureAwait(false) : await read.AsTask().WaitAsync(stop).ConfigureAwait(false));
    }

    public void Dispose()
    {
        // The array is not returned to the pool: a read that was left behind may still write to it.
        _stream.Dispose();
        _bytes = [];
        _start = _searched = _end = 0;
    }

    private Memory<byte> MakeRoom()
    {
        if (_isSkipping)
        {
            _start = _searched = _end = 0;
        }

        var kept = _end - _start;
        if (_bytes.Length - kept < _blockLength)
        {
            // Doubling keeps the copies of one giant line below twice its length.
            Move(ArrayPool<byte>.Shared.Rent(Math.Max(kept + _blockLength, 2 * kept)));
        }
        else if (_bytes.Length > 8 * _blockLength && kept < _blockLength)
        {
            Move(ArrayPool<byte>.Shared.Rent(2 * _blockLength));
        }
        else if (_start > 0)
        {
            _bytes.AsSpan(_start, kept).CopyTo(_bytes);
            Rebase();
        }

        return _bytes.AsMemory(_end);
    }

    private void Move(byte[] bytes)
    {
        _bytes.AsSpan(_start, _end - _start).CopyTo(bytes);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = bytes;
        Rebase();
    }

    private void Rebase()
    {
        _searched -= _start;
        _end -= _start;
        _start = 0;
    }

    private bool Took(int count)
    {
        Position += count;
        _end += count;
        _isAtEnd = count == 0;
        if (_isAtStart)
        {
            DropByteOrderMark();
        }

        return !_isAtEnd;
    }

    /// <summary>The mark may come in pieces: nothing is decided while what is here is its beginning.</summary>
    private void DropByteOrderMark()
    {
        var mark = "\uFEFF"u8;
        var start = _bytes.AsSpan(0, Math.Min(_end, mark.Length));
        var isMark = mark.StartsWith(start);
        _isAtStart = isMark && start.Length < mark.Length;
        if (isMark && !_isAtStart)
        {
            _start = _searched = mark.Length;
        }
    }
}
