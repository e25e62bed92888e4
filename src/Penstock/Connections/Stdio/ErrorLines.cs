using Penstock.Telemetry;

namespace Penstock.Connections.Stdio;

/// <summary>
/// Logs what a server writes to its error output, line by line. Lines are cut on the poller's thread and logged on the thread pool, one at a
/// time, since a logger is a user's code and may block. All of it is bounded: a line's length, the lines of a second, and the lines that wait
/// for a slow logger.
/// </summary>
internal sealed class ErrorLines(TransportContext context, Secrets secrets)
{
    /// <summary>What is looked at of a line; more than is shown, so that a secret is whole when it is hidden.</summary>
    internal const int MaxLineBytes = 4096;

    /// <summary>What is shown of a line.</summary>
    internal const int MaxLineChars = 1024;

    /// <summary>A server that starts writes some dozens of lines; one that writes more than these all the time is a flood.</summary>
    internal const int LinesPerSecond = 100;

    // Two seconds' worth and some: 1 MiB of the longest lines.
    private const int MaxWaiting = 256;

    private readonly Lock _gate = new();
    private readonly Queue<Entry> _waiting = new();
    private long _second = context.Clock.GetTimestamp();
    private int _inSecond;
    private int _dropped;
    private bool _isRunning;

    // Of the poller's thread. A server that writes nothing costs no buffer.
    private byte[]? _line;
    private int _length;
    private bool _isCut;

    /// <summary>Takes the next bytes; none mean that the output has ended. On the poller's thread: neither blocks nor throws.</summary>
    internal void Take(ReadOnlySpan<byte> chunk)
    {
        if (chunk.IsEmpty)
        {
            EndLine();
            lock (_gate)
            {
                EnqueueDropped_NeedsLock();
            }

            return;
        }

        for (int end; (end = chunk.IndexOf((byte)'\n')) >= 0; chunk = chunk[(end + 1)..])
        {
            Keep(chunk[..end]);
            EndLine();
        }

        Keep(chunk);
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        _line ??= new byte[MaxLineBytes];
        _isCut |= part.Length > MaxLineBytes - _length;
        part = part[..Math.Min(part.Length, MaxLineBytes - _length)];
        part.CopyTo(_line.AsSpan(_length));
        _length += part.Length;
    }

    private void EndLine()
    {
        if (_length == 0)
        {
            return;
        }

        lock (_gate)
        {
            var now = context.Clock.GetTimestamp();
            if (now - _second >= context.Clock.TimestampFrequency)
            {
                _second = now;
                _inSecond = 0;
            }

            if (_inSecond >= LinesPerSecond || _waiting.Count >= MaxWaiting)
            {
                _dropped++;
            }
            else
            {
                _inSecond++;
                EnqueueDropped_NeedsLock();
                Enqueue_NeedsLock(new Entry(_line.AsSpan(0, _length).ToArray(), _isCut, 0));
            }
        }

        _length = 0;
        _isCut = false;
    }

    private void EnqueueDropped_NeedsLock()
    {
        if (_dropped > 0)
        {
            Enqueue_NeedsLock(new Entry([], false, _dropped));
            _dropped = 0;
        }
    }

    private void Enqueue_NeedsLock(Entry entry)
    {
        _waiting.Enqueue(entry);
        if (!_isRunning)
        {
            _isRunning = true;
            ThreadPool.UnsafeQueueUserWorkItem(static lines => lines.Run(), this, preferLocal: false);
        }
    }

    private void Run()
    {
        while (TryDequeue(out var entry))
        {
            try
            {
                Write(entry);
            }
            catch (Exception)
            {
                // A logger that fails must not take the thread, and with it the process, along.
            }
        }
    }

    private bool TryDequeue(out Entry entry)
    {
        lock (_gate)
        {
            return _isRunning = _waiting.TryDequeue(out entry);
        }
    }

    private void Write(Entry entry)
    {
        if (entry.Dropped > 0)
        {
            context.Logger.ErrorLinesDropped(context.Server, context.Replica, entry.Dropped);
            return;
        }

        // A line feed that is left was a carriage return; in the log it would begin a line that looks like one of ours.
        var text = secrets.Hide(CleanText.From(entry.Line).Trim(), isEndCut: entry.IsCut).Replace('\n', ' ');
        if (text.Length > 0)
        {
            var isLong = entry.IsCut || text.Length > MaxLineChars;
            context.Logger.ErrorLine(context.Server, context.Replica, isLong ? $"{text.AsSpan(0, Math.Min(text.Length, MaxLineChars))}…" : text);
        }
    }

    private readonly record struct Entry(byte[] Line, bool IsCut, int Dropped);
}
