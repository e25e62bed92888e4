using System.Buffers;
using System.IO.Pipelines;

namespace Penstock.Connections.Stdio;

/// <summary>
/// Writes a pipe. One thread at a time gathers bytes and flushes; a flush writes at once on its caller's thread, and only what the full pipe
/// refuses is written later, by the poller's thread. A flush that had to wait is continued on the thread pool, not on the poller's thread: what
/// follows a flush is the encoding of the next slab, and the readers must not wait for that.
/// </summary>
internal sealed class PipeFdWriter : PipeWriter, IPollTarget
{
    internal const int SegmentBytes = 64 << 10;

    // What the poller's thread writes in one go before the others have their turn.
    private const int BytesPerTurn = 1 << 20;

    private readonly Descriptor _descriptor;
    private readonly PipePoller _poller;
    private readonly PipeWait<FlushResult> _wait;
    private readonly Lock _closing = new();
    private Readiness _readiness;
    private Segment[] _segments = new Segment[4];
    private int _head;
    private int _count;
    private long _unwritten;
    private bool _watched;
    private bool _completed;
    private int _cancelled;
    private int _lostAtClose;
    private volatile bool _peerMayBeGone;
    private volatile bool _closed;

    /// <param name="descriptor">The writing end of a pipe; owned from here on.</param>
    /// <param name="poller">Where the writer waits.</param>
    internal PipeFdWriter(Descriptor descriptor, PipePoller poller)
    {
        _descriptor = descriptor;
        _poller = poller;
        _wait = new PipeWait<FlushResult>(this, poller, continuesOnPool: true);
        descriptor.SetNonBlocking(Native.O_WRONLY);
    }

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <summary>
    /// The bytes that have surely not reached the server: those not yet written, and, once nobody can read the pipe any more, those that lie
    /// unread in it. They are always the last ones that were advanced over. Any thread.
    /// </summary>
    public override long UnflushedBytes => Volatile.Read(ref _unwritten) + (_peerMayBeGone ? CountLostBytes() : 0);

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ref var segment = ref Room(sizeHint);
        return segment.Bytes.AsMemory(segment.End);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        ref var segment = ref Room(sizeHint);
        return segment.Bytes.AsSpan(segment.End);
    }

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        if (bytes == 0)
        {
            return;
        }

        if (_count == 0 || (uint)bytes > (uint)(_segments[_count - 1].Bytes.Length - _segments[_count - 1].End))
        {
            throw new ArgumentOutOfRangeException(nameof(bytes), bytes, "That is more than was asked for.");
        }

        _segments[_count - 1].End += bytes;
        Volatile.Write(ref _unwritten, _unwritten + bytes);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The server closed its input, or has ended.</exception>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (!TryWrite(long.MaxValue, out var result, out var error))
        {
            return WaitAsync(cancellationToken);
        }

        return error is null ? new(result) : ValueTask.FromException<FlushResult>(error);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        Volatile.Write(ref _cancelled, 1);
        _poller.Post(this);
    }

    /// <summary>
    /// Ends the writing; what is not written is written if the pipe takes it at once. For the one that writes; others use <see cref="Close"/>.
    /// </summary>
    public override void Complete(Exception? exception = null)
    {
        if (_completed)
        {
            return;
        }

        _completed = true;
        if (!_wait.IsPending && exception is null && !_closed)
        {
            TryWrite(long.MaxValue, out _, out _);
        }

        Close();
        if (!_wait.IsPending)
        {
            ReturnSegments();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (!_completed && !_wait.IsPending && exception is null && _unwritten > 0)
        {
            try
            {
                await FlushAsync().ConfigureAwait(false);
            }
            catch (IOException)
            {
                // The server went first. UnflushedBytes tells what it did not get.
            }
        }

        Complete(exception);
    }

    /// <summary>From any thread: closes the pipe, which the server sees as the end of its input. A flush that waits fails.</summary>
    internal void Close()
    {
        lock (_closing)
        {
            if (!_closed)
            {
                _lostAtClose = _descriptor.CountLostBytes();
                _closed = true;
            }
        }

        _descriptor.Dispose();
        _poller.Post(this);
    }

    /// <summary>From any thread: there is reason to think that nobody reads any more, so <see cref="UnflushedBytes"/> looks into the pipe.</summary>
    internal void SuspectPeer() => _peerMayBeGone = true;

    /// <inheritdoc/>
    void IPollTarget.OnReady()
    {
        if (_readiness.Signal())
        {
            Resume();
        }
    }

    private ValueTask<FlushResult> WaitAsync(CancellationToken cancellationToken)
    {
        if (!_watched)
        {
            // Most servers never fill their pipe: watched from the first time that one does. A pipe that is writable by now is reported at once.
            _descriptor.Watch(_poller, Native.EPOLLOUT, this);
            _watched = true;
        }

        var result = _wait.Begin(cancellationToken);

        // Once it is parked the next edge resumes it, and nothing here may be touched by this thread any more.
        if (!_readiness.TryWait())
        {
            Resume();
        }

        return result;
    }

    // Ends the wait, or leaves it to the next edge.
    private void Resume()
    {
        FlushResult result;
        Exception? error;
        do
        {
            error = _wait.Cancellation;
            if (error is not null)
            {
                result = default;
                break;
            }

            var before = _unwritten;
            if (TryWrite(BytesPerTurn, out result, out error))
            {
                break;
            }

            var turnIsOver = before - _unwritten >= BytesPerTurn;
            if (_readiness.TryWait())
            {
                if (turnIsOver)
                {
                    _poller.Post(this);
                }

                return;
            }
        }
        while (true);

        _wait.End(result, error);
    }

    // False: the pipe is full, or the limit is reached with bytes left.
    private bool TryWrite(long limit, out FlushResult result, out Exception? error)
    {
        result = default;
        error = null;
        if (Volatile.Read(ref _cancelled) != 0 && Interlocked.Exchange(ref _cancelled, 0) != 0)
        {
            result = new FlushResult(isCanceled: true, isCompleted: false);
            return true;
        }

        while (_head < _count)
        {
            ref var segment = ref _segments[_head];
            if (segment.Start == segment.End)
            {
                ArrayPool<byte>.Shared.Return(segment.Bytes);
                segment = default;
                _head++;
                continue;
            }

            if (limit <= 0)
            {
                return false;
            }

            var count = _descriptor.Write(segment.Bytes.AsSpan(segment.Start, segment.End - segment.Start));
            if (count == -Native.EAGAIN)
            {
                return false;
            }

            if (count < 0)
            {
                _peerMayBeGone = true;
                error = _closed
                    ? new IOException("The server's input was closed on this side.")
                    : Descriptor.Failure("The server no longer reads its input", -count);
                return true;
            }

            segment.Start += count;
            limit -= count;
            Volatile.Write(ref _unwritten, _unwritten - count);
        }

        _head = _count = 0;
        return true;
    }

    private ref Segment Room(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        ThrowIfUnusable();
        if (_count > 0)
        {
            ref var last = ref _segments[_count - 1];
            if (last.Bytes.Length - last.End >= Math.Max(sizeHint, 1))
            {
                return ref last;
            }
        }

        if (_count == _segments.Length)
        {
            Array.Resize(ref _segments, _count * 2);
        }

        ref var added = ref _segments[_count++];
        added.Bytes = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, SegmentBytes));
        return ref added;
    }

    private void ReturnSegments()
    {
        for (; _head < _count; _head++)
        {
            ArrayPool<byte>.Shared.Return(_segments[_head].Bytes);
            _segments[_head] = default;
        }

        _head = _count = 0;
    }

    private int CountLostBytes()
    {
        lock (_closing)
        {
            return _closed ? _lostAtClose : _descriptor.CountLostBytes();
        }
    }

    private void ThrowIfUnusable()
    {
        if (_completed || _wait.IsPending)
        {
            Throw(_completed);
        }

        static void Throw(bool completed) =>
            throw new InvalidOperationException(completed ? "The writer was completed." : "A flush is pending already.");
    }

    private struct Segment
    {
        internal byte[] Bytes;
        internal int Start;
        internal int End;
    }
}
