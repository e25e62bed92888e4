using System.Buffers;
using System.IO.Pipelines;

namespace Penstock.Connections.Stdio;

/// <summary>
/// Reads a pipe without a thread-pool hop and without an allocation per read. One loop at a time reads; once it has waited it goes on, inline,
/// on the poller's thread. What is read lies in one contiguous pooled buffer, which is borrowed until <see cref="AdvanceTo(SequencePosition)"/>;
/// a reader that waits with nothing in hand holds no buffer, so that thousands of idle servers cost none.
/// </summary>
internal sealed class PipeFdReader : PipeReader, IPollTarget
{
    /// <summary>What a pipe of default size holds: one read empties it. Also below the large-object limit.</summary>
    internal const int BufferBytes = 64 << 10;

    // Below this the free part is not worth a read: make room first.
    private const int LeastRoom = 16 << 10;

    // A server that never stops writing gives the others their turn after so many buffers.
    private const int ReadsPerTurn = 16;

    private readonly Descriptor _descriptor;
    private readonly PipePoller _poller;
    private readonly PipeWait<ReadResult> _wait;
    private Readiness _readiness;
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private int _reads;
    private bool _examined;
    private bool _ended;
    private bool _completed;
    private int _cancelled;
    private volatile bool _closed;

    /// <param name="descriptor">The reading end of a pipe; owned from here on.</param>
    /// <param name="poller">Where the reader waits.</param>
    internal PipeFdReader(Descriptor descriptor, PipePoller poller)
    {
        _descriptor = descriptor;
        _poller = poller;
        _wait = new PipeWait<ReadResult>(this, poller, continuesOnPool: false);
        descriptor.SetNonBlocking(Native.O_RDONLY);
        descriptor.Watch(poller, Native.EPOLLIN, this);
    }

    /// <summary>The size of the buffer in use, 0 if there is none.</summary>
    internal int BufferLength => _buffer?.Length ?? 0;

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        if (_reads < ReadsPerTurn || !_poller.IsCurrentThread)
        {
            _reads++;
            if (TryTake(out var result, out var error))
            {
                return error is null ? new(result) : ValueTask.FromException<ReadResult>(error);
            }
        }

        return WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        ThrowIfUnusable();
        if (!TryTake(out result, out var error))
        {
            return false;
        }

        return error is null ? true : throw error;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_start == _end)
        {
            return; // The result was empty: end of input, or a cancelled read.
        }

        var from = IndexOf(consumed);
        var to = IndexOf(examined);
        if (from < _start || to < from || to > _end)
        {
            throw new ArgumentOutOfRangeException(nameof(consumed), "The positions are not within what was read.");
        }

        _start = from;
        _examined = to == _end;
        if (_start == _end)
        {
            _start = _end = 0;
            if (_buffer!.Length > BufferBytes)
            {
                ReturnBuffer();
            }
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        Volatile.Write(ref _cancelled, 1);
        _poller.Post(this);
    }

    /// <summary>
    /// Ends the reading; for the loop that reads, which holds nothing borrowed any more. Others use <see cref="Close"/>.
    /// </summary>
    public override void Complete(Exception? exception = null)
    {
        if (!_completed)
        {
            _completed = true;
            Close();
            if (!_wait.IsPending)
            {
                _start = _end = 0;
                ReturnBuffer();
            }
        }
    }

    /// <summary>From any thread: closes the pipe. A read that waits, and every later one, answers "completed".</summary>
    internal void Close()
    {
        _closed = true;
        _descriptor.Dispose();
        _poller.Post(this);
    }

    /// <inheritdoc/>
    void IPollTarget.OnReady()
    {
        if (_readiness.Signal())
        {
            _reads = 1;
            Resume();
        }
    }

    private ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        var result = _wait.Begin(cancellationToken);

        // Whoever has used up its turn comes back by the poller's queue, behind everything that is ready now.
        if (_reads >= ReadsPerTurn && _poller.IsCurrentThread)
        {
            while (!_readiness.TryWait())
            {
            }

            _poller.Post(this);
            return result;
        }

        if (!TryPark())
        {
            Resume();
        }

        return result;
    }

    // True: the next edge resumes the read, and nothing here may be touched by this thread any more.
    private bool TryPark()
    {
        if (_start == _end)
        {
            ReturnBuffer();
        }

        return _readiness.TryWait();
    }

    // Ends the wait, or leaves it to the next edge.
    private void Resume()
    {
        ReadResult result;
        Exception? error;
        do
        {
            error = _wait.Cancellation;
            if (error is not null)
            {
                result = default;
                break;
            }

            if (TryTake(out result, out error))
            {
                break;
            }

            if (TryPark())
            {
                return;
            }
        }
        while (true);

        _wait.End(result, error);
    }

    private bool TryTake(out ReadResult result, out Exception? error)
    {
        error = null;
        if (Volatile.Read(ref _cancelled) != 0 && Interlocked.Exchange(ref _cancelled, 0) != 0)
        {
            result = new ReadResult(Buffered(), isCanceled: true, isCompleted: _ended);
            return true;
        }

        if (_closed)
        {
            result = new ReadResult(default, isCanceled: false, isCompleted: true);
            _start = _end = 0;
            return true;
        }

        if (_ended || (_start < _end && !_examined))
        {
            result = new ReadResult(Buffered(), isCanceled: false, isCompleted: _ended);
            return true;
        }

        MakeRoom();
        var count = _descriptor.Read(_buffer.AsSpan(_end));
        if (count == -Native.EAGAIN)
        {
            result = default;
            return false;
        }

        if (count < 0 && !_closed)
        {
            error = Descriptor.Failure("The server's output could not be read", -count);
            result = default;
            return true;
        }

        // A read that fails because the pipe was closed under it is the end as well.
        _end += Math.Max(count, 0);
        _ended = count <= 0;
        _examined = false;
        result = new ReadResult(Buffered(), isCanceled: false, isCompleted: _ended);
        return true;
    }

    private ReadOnlySequence<byte> Buffered() => _start == _end ? default : new ReadOnlySequence<byte>(_buffer!, _start, _end - _start);

    private void MakeRoom()
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(BufferBytes);
        if (_buffer.Length - _end >= LeastRoom)
        {
            return;
        }

        var unread = _end - _start;
        var target = _buffer;
        if (unread > _buffer.Length / 2)
        {
            target = ArrayPool<byte>.Shared.Rent(checked(_buffer.Length * 2));
        }

        _buffer.AsSpan(_start, unread).CopyTo(target);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        _start = 0;
        _end = unread;
    }

    private void ReturnBuffer()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int IndexOf(SequencePosition position)
    {
        if (!ReferenceEquals(position.GetObject(), _buffer))
        {
            throw new ArgumentOutOfRangeException(nameof(position), "The position is not one of the last read.");
        }

        // The sequence marks the end of an array in the highest bit.
        return position.GetInteger() & int.MaxValue;
    }

    private void ThrowIfUnusable()
    {
        if (_completed || _wait.IsPending)
        {
            Throw(_completed);
        }

        static void Throw(bool completed) =>
            throw new InvalidOperationException(completed ? "The reader was completed." : "A read is pending already.");
    }
}
