using System.Buffers;

namespace Penstock.Protocol;

/// <summary>What <see cref="LineFraming.Read"/> found.</summary>
internal enum LineKind : byte
{
    /// <summary>The burst is used up; the start of a line may have been kept.</summary>
    None,

    /// <summary>A whole line.</summary>
    Line,

    /// <summary>A line above the limit ended; <see cref="LineFraming.Oversize"/> tells what was seen of it.</summary>
    Oversize,
}

/// <summary>
/// Cuts a stream of bytes into lines, wherever its bursts were cut: a line that a burst holds whole is handed out in place, only one that
/// lies across bursts is copied. One per connection, used by its reader alone.
/// <code>
/// foreach segment of the burst: var rest = segment.Span;
///     while ((kind = framing.Read(ref rest, out var line)) != LineKind.None) { … }
/// </code>
/// </summary>
/// <param name="maxLineLength">The longest line that is kept, in bytes.</param>
/// <param name="buffers">Where buffers come from; null = the shared pool.</param>
internal sealed class LineFraming(int maxLineLength, ArrayPool<byte>? buffers = null) : IDisposable
{
    // A reply is some hundred bytes: this holds the torn one without growing. A larger buffer goes back after its line.
    private const int InitialCapacity = 4096;

    private readonly ArrayPool<byte> _buffers = buffers ?? ArrayPool<byte>.Shared;
    private byte[] _kept = (buffers ?? ArrayPool<byte>.Shared).Rent(InitialCapacity);
    private int _length;
    private bool _isOversize;
    private bool _isHandedOut;

    public int MaxLineLength => maxLineLength;

    /// <summary>What was seen of the line that just ended as <see cref="LineKind.Oversize"/>; valid until the next read.</summary>
    public OversizeLine Oversize { get; } = new();

    /// <summary>
    /// Takes the next line off the front of <paramref name="burst"/>. It comes without its <c>\n</c> and <c>\r</c>, is never blank, and is
    /// borrowed: until the next read, and no longer than the burst itself.
    /// </summary>
    public LineKind Read(ref ReadOnlySpan<byte> burst, out ReadOnlySpan<byte> line)
    {
        Forget();
        while (!burst.IsEmpty)
        {
            var end = burst.IndexOf((byte)'\n');
            if (end < 0)
            {
                Keep(burst);
                burst = default;
                break;
            }

            var part = burst[..end];
            burst = burst[(end + 1)..];
            var kind = EndLine(part, out line);
            if (kind != LineKind.None)
            {
                return kind;
            }
        }

        line = default;
        return LineKind.None;
    }

    /// <summary>Takes the last line of a stream that ended without a newline. A torn one fails in the reader.</summary>
    public LineKind ReadLast(out ReadOnlySpan<byte> line)
    {
        Forget();
        return EndLine(default, out line);
    }

    /// <summary>Gives the buffer back; the framing cannot be used again.</summary>
    public void Dispose()
    {
        _buffers.Return(_kept);
        _kept = [];
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) =>
        line.IsEmpty || (line[0] <= ' ' && line.IndexOfAnyExcept(" \t\r"u8) < 0);

    private LineKind EndLine(ReadOnlySpan<byte> part, out ReadOnlySpan<byte> line)
    {
        line = part;
        if (_length > 0 || _isOversize || part.Length > maxLineLength)
        {
            Keep(part);
            _isHandedOut = true;
            if (_isOversize)
            {
                line = default;
                return LineKind.Oversize;
            }

            line = _kept.AsSpan(0, _length);
        }

        if (!line.IsEmpty && line[^1] == '\r')
        {
            line = line[..^1];
        }

        if (!IsBlank(line))
        {
            return LineKind.Line;
        }

        Forget();
        line = default;
        return LineKind.None;
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (!_isOversize && part.Length > maxLineLength - _length)
        {
            _isOversize = true;
            Oversize.Reset();
            Oversize.Append(_kept.AsSpan(0, _length));
            _length = 0;
        }

        if (_isOversize)
        {
            Oversize.Append(part);
            return;
        }

        var needed = _length + part.Length;
        if (needed > _kept.Length)
        {
            var larger = _buffers.Rent(Math.Max(needed, (int)Math.Min(2L * _kept.Length, Array.MaxLength)));
            _kept.AsSpan(0, _length).CopyTo(larger);
            _buffers.Return(_kept);
            _kept = larger;
        }

        part.CopyTo(_kept.AsSpan(_length));
        _length = needed;
    }

    // The line handed out last lies in the buffer until the reader comes back.
    private void Forget()
    {
        if (!_isHandedOut)
        {
            return;
        }

        _isHandedOut = false;
        _isOversize = false;
        _length = 0;
        if (_kept.Length > 4 * InitialCapacity)
        {
            _buffers.Return(_kept);
            _kept = _buffers.Rent(InitialCapacity);
        }
    }
}
