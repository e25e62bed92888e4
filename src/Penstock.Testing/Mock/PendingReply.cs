namespace Penstock.Testing;

/// <summary>
/// One answer that is not written yet: it waits for its time, for its tool, or for somebody to let it go. Owned by its session's
/// <see cref="PendingReplies"/>; the fields of the second group are the wheel's, guarded by the wheel's lock.
/// </summary>
internal sealed class PendingReply(MockSession session)
{
    public MockSession Session { get; } = session;

    public ReplyBuffer Line { get; } = new();

    public RequestId Id { get; set; }

    /// <summary>Whether a cancellation leaves it alone: the answer comes late.</summary>
    public bool IgnoresCancel { get; set; }

    /// <summary>Set once, by whoever takes it out of its table first: then it is never written.</summary>
    public bool IsDropped { get; set; }

    /// <summary>Whether it may be used again. Not if somebody outside holds it.</summary>
    public bool IsPooled { get; set; }

    /// <summary>Stops the tool that will answer; null where none is running.</summary>
    public CancellationTokenSource? Abort { get; set; }

    public PendingReply? Next { get; set; }

    public PendingReply? Previous { get; set; }

    public long DueTick { get; set; }

    public bool IsOnWheel { get; set; }
}

/// <summary>A request's id, comparable: integers by value, anything else by its text.</summary>
internal readonly record struct RequestId(long Number, string? Text)
{
    public static RequestId Of(ReadOnlySpan<byte> token) =>
        System.Buffers.Text.Utf8Parser.TryParse(token, out long number, out var used) && used == token.Length
            ? new RequestId(number, null)
            : new RequestId(0, System.Text.Encoding.UTF8.GetString(token));
}

/// <summary>The answers of one session that are still to come. Thread-safe.</summary>
internal sealed class PendingReplies(MockSession session, SleepWheel wheel)
{
    // Enough for tens of thousands of sleepers to come and go without garbage.
    private const int MaxFree = 1 << 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<RequestId, PendingReply> _open = [];
    private readonly Stack<PendingReply> _free = [];
    private bool _isClosed;

    /// <summary>Takes an answer in. A second request with the id of an open one hides the first from cancellation, nothing else.</summary>
    public PendingReply Add(ReadOnlySpan<byte> id, ReadOnlySpan<byte> line, bool isPooled)
    {
        var key = RequestId.Of(id);
        lock (_lock)
        {
            var reply = isPooled && _free.TryPop(out var free) ? free : new PendingReply(session);
            reply.Id = key;
            reply.IsPooled = isPooled;
            reply.IsDropped = _isClosed;
            reply.IgnoresCancel = false;
            reply.Line.Write(line);
            if (!_isClosed)
            {
                _open[key] = reply;
            }

            return reply;
        }
    }

    /// <summary>Takes an answer out so that it can be written; false if it was cancelled or the session is over.</summary>
    public bool TryTake(PendingReply reply)
    {
        lock (_lock)
        {
            Remove_NeedsLock(reply);
            var isLive = !reply.IsDropped;
            reply.IsDropped = true;
            return isLive;
        }
    }

    /// <summary>Frees an answer that was taken out, once its bytes are copied.</summary>
    public void Return(PendingReply reply)
    {
        lock (_lock)
        {
            reply.Line.Clear();
            if (reply.IsPooled && _free.Count < MaxFree)
            {
                _free.Push(reply);
            }
        }
    }

    public void Cancel(ReadOnlySpan<byte> id)
    {
        var key = RequestId.Of(id);
        PendingReply? reply;
        lock (_lock)
        {
            if (!_open.TryGetValue(key, out reply) || reply.IgnoresCancel)
            {
                return;
            }

            _open.Remove(key);
            reply.IsDropped = true;
        }

        Drop(reply);
    }

    /// <summary>Drops everything, and what is added later too.</summary>
    public void Close()
    {
        PendingReply[] open;
        lock (_lock)
        {
            _isClosed = true;
            open = [.. _open.Values];
            _open.Clear();
            foreach (var reply in open)
            {
                reply.IsDropped = true;
            }
        }

        foreach (var reply in open)
        {
            Drop(reply);
        }
    }

    // Whoever finds it on the wheel frees it: if it is not there, the wheel's callback has it and will.
    private void Drop(PendingReply reply)
    {
        reply.Abort?.Cancel();
        if (wheel.TryRemove(reply))
        {
            Return(reply);
        }
    }

    private void Remove_NeedsLock(PendingReply reply)
    {
        if (_open.TryGetValue(reply.Id, out var found) && ReferenceEquals(found, reply))
        {
            _open.Remove(reply.Id);
        }
    }
}
