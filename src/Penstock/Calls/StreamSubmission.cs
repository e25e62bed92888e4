using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Threading.Tasks.Sources;
using Penstock.Memory;

namespace Penstock.Calls;

/// <summary>
/// One <c>ExecuteAsync</c>: the async enumerator that its reader iterates, and its own value task source. Reader threads of connections
/// append results under its lock, once per read burst; the reader takes them out in runs, so that neither waits for the other per call.
/// </summary>
internal sealed class StreamSubmission : Submission, IAsyncEnumerator<ToolResult>, IValueTaskSource<bool>
{
    /// <summary>
    /// The reader's backlog, in bytes, at which its calls stop being sent; half of it lets them go again. 4 MiB are 14 ms of small results
    /// at a million a second, enough to ride out a slow write; with 16 MiB a job of five million rows was no faster, and 20 MB larger.
    /// </summary>
    private const long BacklogLimit = 4 << 20;

    private readonly Lock _gate = new();
    private readonly ResultQueue _queue;
    private readonly ResultEntry[] _taken = new ResultEntry[ResultQueue.ChunkLength];
    private readonly MemoryAccount _account;
    private readonly TimeProvider _clock;
    private readonly Action<StreamSubmission> _resumed;
    private readonly Func<StreamSubmission, ValueTask> _closed;
    private readonly long _backlogLimit;
    private ManualResetValueTaskSourceCore<bool> _wake = new() { RunContinuationsAsynchronously = true };
    private int _takenCount;
    private int _current = -1;
    private bool _isWaiting;
    private bool _isClosed;
    private bool _sourceEnded;
    private bool _isCutOff;
    private bool _isAborted;
    private Exception? _failure;
    private long _accepted;
    private long _ended;
    private volatile bool _isStalled;

    /// <param name="pages">Where results live.</param>
    /// <param name="chunks">Arrays of the queue.</param>
    /// <param name="account">The account of results.</param>
    /// <param name="options">The user's wishes.</param>
    /// <param name="clock">For elapsed times.</param>
    /// <param name="resumed">Called, without locks, when the reader has caught up after a stall.</param>
    /// <param name="closed">Called once when the reader leaves: cancels what is open and waits for the source to be let go.</param>
    public StreamSubmission(
        PagePool pages,
        BoundedPool<ResultEntry[]> chunks,
        MemoryAccount account,
        ExecuteOptions options,
        TimeProvider clock,
        Action<StreamSubmission> resumed,
        Func<StreamSubmission, ValueTask> closed)
    {
        _queue = new ResultQueue(pages, chunks);
        _account = account;
        _clock = clock;
        _resumed = resumed;
        _closed = closed;
        _backlogLimit = Math.Min(BacklogLimit, account.Limit / 4);
        Weight = options.Weight;
        OnSending = options.OnSending;
    }

    public override object QueueKey => this;

    public override bool IsStalled => _isStalled;

    /// <summary>Calls taken in and not yet ended, as last seen.</summary>
    public long Open => Volatile.Read(ref _accepted) - Volatile.Read(ref _ended);

    public ToolResult Current
    {
        get
        {
            ref readonly var entry = ref _taken[_current];
            var bytes = new ReadOnlyMemory<byte>(entry.Page, entry.Offset, entry.Length);
            return new ToolResult(
                entry.Ordinal,
                entry.Target.QualifiedName,
                entry.Fault,
                bytes[(entry.TagLength + entry.ArgumentsLength)..],
                bytes[..entry.TagLength],
                bytes.Slice(entry.TagLength, entry.ArgumentsLength),
                entry.Attempts,
                _clock.GetElapsedTime(0, entry.Elapsed),
                _clock.GetElapsedTime(0, entry.AttemptElapsed));
        }
    }

    public override bool StallIfBehind()
    {
        // Under the lock: a reader that catches up at this moment must see the stall, or nobody would let it go again.
        lock (_gate)
        {
            return _isStalled = _isStalled || _queue.Bytes >= _backlogLimit / 2;
        }
    }

    /// <summary>Counts calls in, before they are handed to the first stage.</summary>
    public void Accept(int count)
    {
        lock (_gate)
        {
            _accepted += count;
        }
    }

    /// <summary>The source has no more calls, or failed.</summary>
    public void EndSource(Exception? failure)
    {
        bool wake;
        lock (_gate)
        {
            _sourceEnded = true;
            _failure ??= failure;
            wake = TakeWake_NeedsLock();
        }

        if (wake)
        {
            _wake.SetResult(true);
        }
    }

    /// <summary>
    /// The pipeline is gone: a source that has not ended is not waited for any more. What has ended is still read, and then the reason.
    /// </summary>
    public void CutOff(Exception reason)
    {
        bool wake;
        lock (_gate)
        {
            if (!_sourceEnded)
            {
                _isCutOff = true;
                _failure ??= reason;
            }

            wake = TakeWake_NeedsLock();
        }

        if (wake)
        {
            _wake.SetResult(true);
        }
    }

    /// <summary>Wakes a waiting reader, which sees the reason at once; results that wait are not read any more.</summary>
    public override void Abort(Exception reason)
    {
        bool wake;
        lock (_gate)
        {
            _failure = reason;
            _isAborted = true;
            MarkCancelled();
            wake = TakeWake_NeedsLock();
        }

        if (wake)
        {
            _wake.SetResult(true);
        }
    }

    public override void Deliver(ReadOnlySpan<CallSlot> slots, ReadOnlySpan<Outcome> outcomes, ReadOnlySpan<byte> source)
    {
        bool wake;
        long added = 0;
        lock (_gate)
        {
            _ended += slots.Length;
            if (!_isClosed)
            {
                var before = _queue.Bytes;
                for (var i = 0; i < slots.Length; i++)
                {
                    Append_NeedsLock(in slots[i], in outcomes[i], source);
                }

                added = _queue.Bytes - before;
                if (_queue.Bytes > _backlogLimit)
                {
                    _isStalled = true;
                }
            }

            wake = TakeWake_NeedsLock();
        }

        _account.Add(added);
        if (wake)
        {
            _wake.SetResult(true);
        }
    }

    public ValueTask<bool> MoveNextAsync()
    {
        if (_current + 1 < _takenCount)
        {
            _current++;
            return new ValueTask<bool>(true);
        }

        return TakeRun() ? new ValueTask<bool>(true) : WaitOrEnd();
    }

    public async ValueTask DisposeAsync()
    {
        long released;
        bool wake;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            wake = TakeWake_NeedsLock();
            released = _queue.Bytes;
            _queue.Release(_taken.AsSpan(0, _takenCount));
            _takenCount = 0;
            _current = -1;
            _queue.Clear();
        }

        if (wake)
        {
            // Somebody still waits for the next result, against the rules of enumerators: there is none.
            _wake.SetResult(true);
        }

        _account.Release(released);
        await _closed(this).ConfigureAwait(false);
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _wake.GetResult(token);
        return TakeRun() || !ThrowIfFailed();
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wake.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wake.OnCompleted(continuation, state, token, flags);

    private void Append_NeedsLock(in CallSlot slot, in Outcome outcome, ReadOnlySpan<byte> source)
    {
        var isFault = outcome.Fault.Type != FaultType.None;
        var contentLength = outcome.Message is null ? outcome.Length : Encoding.UTF8.GetByteCount(outcome.Message);
        var argumentsLength = isFault ? slot.ArgumentsLength : 0;
        ref var entry = ref _queue.Append(slot.TagLength + argumentsLength + contentLength, out var bytes);
        entry.Ordinal = slot.Ordinal;
        entry.Elapsed = outcome.Elapsed;
        entry.AttemptElapsed = outcome.AttemptElapsed;
        entry.Target = slot.Target;
        entry.ArgumentsLength = argumentsLength;
        entry.ContentLength = contentLength;
        entry.TagLength = slot.TagLength;
        entry.Attempts = slot.Attempts;
        entry.Fault = outcome.Fault;

        // The cell holds the tag and the arguments side by side, as the entry does.
        slot.Cell.Page.AsSpan(slot.Cell.Offset, slot.TagLength + argumentsLength).CopyTo(bytes);
        var content = bytes[(slot.TagLength + argumentsLength)..];
        if (outcome.Message is null)
        {
            source.Slice(outcome.Offset, contentLength).CopyTo(content);
        }
        else
        {
            Encoding.UTF8.GetBytes(outcome.Message, content);
        }
    }

    /// <summary>Nothing more will come, or it will not be read.</summary>
    private bool IsOver_NeedsLock() => _isClosed || _isAborted || ((_sourceEnded || _isCutOff) && _ended == _accepted);

    /// <summary>A reader waits, and there is something to tell it.</summary>
    private bool TakeWake_NeedsLock()
    {
        if (!_isWaiting || (_queue.Count == 0 && !IsOver_NeedsLock()))
        {
            return false;
        }

        _isWaiting = false;
        return true;
    }

    /// <summary>Gives back what was read and takes what waits.</summary>
    private bool TakeRun()
    {
        long released;
        var resumed = false;
        lock (_gate)
        {
            var before = _queue.Bytes;
            _queue.Release(_taken.AsSpan(0, _takenCount));
            released = before - _queue.Bytes;
            _takenCount = _isAborted ? 0 : _queue.Take(_taken);
            _current = _takenCount > 0 ? 0 : -1;
            if (_isStalled && _queue.Bytes < _backlogLimit / 2)
            {
                _isStalled = false;
                resumed = true;
            }
        }

        _account.Release(released);
        if (resumed)
        {
            _resumed(this);
        }

        return _takenCount > 0;
    }

    private ValueTask<bool> WaitOrEnd()
    {
        lock (_gate)
        {
            if (_queue.Count == 0 && !IsOver_NeedsLock())
            {
                Debug.Assert(!_isWaiting, "one reader at a time");
                _wake.Reset();
                _isWaiting = true;
                return new ValueTask<bool>(this, _wake.Version);
            }
        }

        return new ValueTask<bool>(TakeRun() || !ThrowIfFailed());
    }

    /// <summary>The source's own failure reaches the reader after the results of the calls that it did yield.</summary>
    private bool ThrowIfFailed()
    {
        if (_failure is not null && !_isClosed)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }

        return true;
    }
}
