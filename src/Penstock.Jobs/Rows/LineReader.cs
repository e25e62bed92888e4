namespace Penstock.Jobs.Rows;

/// <summary>
/// Cuts blocks into lines without a copy or an object per line. A line is borrowed: it ends with the next call. Ends at LF and drops a CR before
/// it; the last line needs no LF.
/// </summary>
/// <param name="blocks">The bytes; the caller's.</param>
/// <param name="maxLineLength">The longest line, in bytes.</param>
internal sealed class LineReader(InputBlocks blocks, int maxLineLength = LineReader.MaxLineLength)
{
    /// <summary>The longest line; a longer one is told as too long, with its start.</summary>
    public const int MaxLineLength = 64 << 20;

    /// <summary>Bytes of the line at hand that are known to hold no LF.</summary>
    private int _searched;

    /// <summary>The rest of a line that was told as too long is thrown away as it comes.</summary>
    private bool _isSkipping;

    /// <summary>The next line of what is in memory.</summary>
    /// <param name="line">The line without its end; of one that is too long, its start.</param>
    /// <param name="isTooLong">Whether the line was longer than allowed.</param>
    /// <returns>False if more must be read first, or nothing is left.</returns>
    public bool TryRead(out ReadOnlyMemory<byte> line, out bool isTooLong)
    {
        isTooLong = false;
        while (true)
        {
            var rest = blocks.Rest;
            var length = rest[_searched..].IndexOf((byte)'\n');
            int taken;
            if (length >= 0)
            {
                length += _searched;
                taken = length + 1;
            }
            else
            {
                length = taken = rest.Length;
                isTooLong = length > maxLineLength && !_isSkipping;
                if (!isTooLong && (!blocks.IsAtEnd || length == 0))
                {
                    // Of a line that is thrown away nothing is kept.
                    _searched = _isSkipping ? 0 : length;
                    blocks.Take(_isSkipping ? length : 0);
                    line = default;
                    return false;
                }
            }

            _searched = 0;
            line = blocks.Take(taken)[..length];
            if (_isSkipping)
            {
                _isSkipping = false;
                continue;
            }

            _isSkipping = isTooLong;
            isTooLong |= length > maxLineLength;
            if (!isTooLong && line.Span is [.., (byte)'\r'])
            {
                line = line[..^1];
            }

            return true;
        }
    }
}
