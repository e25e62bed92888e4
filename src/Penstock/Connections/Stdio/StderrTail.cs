namespace Penstock.Connections.Stdio;

/// <summary>
/// Empties a server's error output, which would block the server if nobody did, and keeps its end for messages. Reads on the poller's thread.
/// </summary>
internal sealed class StderrTail : IPollTarget
{
    internal const int KeptBytes = 8 << 10;

    // A flooding server gives the others their turn after so many chunks.
    private const int ChunksPerTurn = 16;

    // Of the poller's thread, and used by one tail at a time.
    private static readonly byte[] Chunk = new byte[16 << 10];

    private readonly Descriptor _descriptor;
    private readonly PipePoller _poller;
    private readonly Action<ReadOnlySpan<byte>>? _onChunk;
    private readonly Lock _ringLock = new();
    private readonly byte[] _ring = new byte[KeptBytes];
    private long _total;

    /// <param name="descriptor">The reading end of a pipe; owned from here on.</param>
    /// <param name="poller">Where it is read.</param>
    /// <param name="onChunk">
    /// Gets all that is read, in pieces, an empty one at its end, on the poller's thread: it must neither block nor throw.
    /// </param>
    internal StderrTail(Descriptor descriptor, PipePoller poller, Action<ReadOnlySpan<byte>>? onChunk)
    {
        _descriptor = descriptor;
        _poller = poller;
        _onChunk = onChunk;
        descriptor.SetNonBlocking(Native.O_RDONLY);
        descriptor.Watch(poller, Native.EPOLLIN, this);
    }

    /// <summary>How much was written in all, in bytes.</summary>
    internal long TotalBytes => Volatile.Read(ref _total);

    /// <inheritdoc/>
    public void OnReady()
    {
        for (var i = 0; i < ChunksPerTurn; i++)
        {
            var count = _descriptor.Read(Chunk);
            if (count <= 0)
            {
                if (count == 0)
                {
                    _onChunk?.Invoke(default);
                }

                return;
            }

            Append(Chunk.AsSpan(0, count));
            _onChunk?.Invoke(Chunk.AsSpan(0, count));
        }

        _poller.Post(this);
    }

    /// <summary>From any thread: reads no more.</summary>
    internal void Close() => _descriptor.Dispose();

    /// <summary>
    /// The last lines, oldest first, without control characters; whole lines only, unless the last one alone is longer than what is asked for.
    /// </summary>
    /// <param name="maxLines">How many lines at most.</param>
    /// <param name="maxChars">How many characters at most.</param>
    /// <param name="secrets">Texts that must not be shown.</param>
    internal string LastLines(int maxLines, int maxChars, Secrets secrets)
    {
        var text = secrets.Hide(CleanText.From(Copy(out var isCut)), isStartCut: isCut);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var first = lines.Length;
        var length = 0;
        while (first > 0 && lines.Length - first < maxLines && length + lines[first - 1].Length + 1 <= maxChars)
        {
            // The oldest line of a cut tail has lost its beginning.
            if (first == 1 && isCut && lines.Length > 1)
            {
                break;
            }

            length += lines[--first].Length + 1;
        }

        if (first == lines.Length && first > 0)
        {
            return string.Concat("…", lines[^1].AsSpan(Math.Max(0, lines[^1].Length - maxChars)));
        }

        return string.Join('\n', lines[first..]);
    }

    private void Append(ReadOnlySpan<byte> chunk)
    {
        lock (_ringLock)
        {
            var kept = chunk.Length > KeptBytes ? chunk[^KeptBytes..] : chunk;
            var at = (int)((_total + chunk.Length - kept.Length) % KeptBytes);
            var untilEnd = Math.Min(kept.Length, KeptBytes - at);
            kept[..untilEnd].CopyTo(_ring.AsSpan(at));
            kept[untilEnd..].CopyTo(_ring);
            Volatile.Write(ref _total, _total + chunk.Length);
        }
    }

    private byte[] Copy(out bool isCut)
    {
        lock (_ringLock)
        {
            isCut = _total > KeptBytes;
            if (!isCut)
            {
                return _ring[..(int)_total];
            }

            var at = (int)(_total % KeptBytes);
            return [.. _ring.AsSpan(at), .. _ring.AsSpan(0, at)];
        }
    }
}
