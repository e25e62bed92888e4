using System.IO.Pipelines;
using Penstock.Calls;
using Penstock.Protocol;

namespace Penstock.Connections;

/// <summary>
/// The read loop of a stream: frames lines, settles answers, and ends them together once per read burst. Content is not copied here: outcomes
/// point into the burst, and the door copies from it before the bytes are handed back.
/// </summary>
internal sealed class LineReader(StreamConnection connection, LineFraming framing, ConnectionCounters counters)
{
    private readonly TaskCompletionSource _firstByte = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long[] _ids = new long[Slab.Capacity];
    private readonly OversizeLine _unread = new();
    private Slab? _ended;
    private string? _failure;
    private int _answered;
    private long _latency;
    private long _now;

    /// <summary>Completes with the first byte.</summary>
    public Task FirstByte => _firstByte.Task;

    /// <summary>Reads until the stream ends or is given up. Called once.</summary>
    /// <returns>Why, in words; null if the peer closed it.</returns>
    public async Task<string?> RunAsync(PipeReader input, CancellationToken abort)
    {
        using (framing)
        {
            while (true)
            {
                var read = await input.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                if (abort.IsCancellationRequested)
                {
                    input.AdvanceTo(read.Buffer.End);
                    return "the connection was given up";
                }

                Read(in read);
                input.AdvanceTo(read.Buffer.End);
                if (_failure is not null || read.IsCompleted)
                {
                    return _failure;
                }
            }
        }
    }

    private void Read(in ReadResult read)
    {
        if (!read.Buffer.IsEmpty)
        {
            _firstByte.TrySetResult();
        }

        foreach (var segment in read.Buffer)
        {
            try
            {
                ReadBurst(segment.Span);
            }
            catch
            {
                // Calls settled before the failure are nobody else's any more.
                EndSlab(segment.Span);
                throw;
            }
        }

        if (read.IsCompleted)
        {
            ReadLast();
        }

        connection.BurstRead(_answered, _latency);
        _answered = 0;
        _latency = 0;
    }

    private void ReadLast()
    {
        if (framing.ReadLast(out var last) == LineKind.Line)
        {
            ReadLine(last, 0, last.Length, isTorn: true);
            EndSlab(last);
        }
    }

    private void ReadBurst(ReadOnlySpan<byte> burst)
    {
        _now = connection.GetTimestamp();
        var rest = burst;
        while (true)
        {
            switch (framing.Read(ref rest, out var line))
            {
                case LineKind.None:
                    EndSlab(burst);
                    return;
                case LineKind.Oversize:
                    EndOversize(burst);
                    break;
                default:
                    if (burst.Overlaps(line, out var start))
                    {
                        ReadLine(burst, start, line.Length);
                        break;
                    }

                    // A line that lay across bursts was put together elsewhere: what it ends is ended from there.
                    EndSlab(burst);
                    ReadLine(line, 0, line.Length);
                    EndSlab(line);
                    break;
            }
        }
    }

    private void ReadLine(ReadOnlySpan<byte> burst, int start, int length, bool isTorn = false)
    {
        var line = burst.Slice(start, length);
        if (!JsonRpcReader.TryRead(line, out var message))
        {
            if (isTorn || !TryEndUnread(burst, line))
            {
                // Banners are illegal, and happen.
                Interlocked.Increment(ref counters.GarbageLines);
            }

            return;
        }

        switch (message.Kind)
        {
            case MessageKind.Result or MessageKind.Error when message.HasId:
                ReadReply(in message, burst, line, start);
                break;
            case MessageKind.Request:
                AnswerRequest(message.Method.Of(line), message.RawId.Of(line));
                break;
            case MessageKind.Notification:
                if (JsonText.Matches(message.Method.Of(line), "notifications/tools/list_changed"u8))
                {
                    connection.ToolsChanged();
                }

                break;
            default:
                // An answer without a usable id cannot be correlated: its call will time out.
                Interlocked.Increment(ref counters.GarbageLines);
                break;
        }
    }

    private void ReadReply(in JsonRpcMessage message, ReadOnlySpan<byte> burst, ReadOnlySpan<byte> line, int start)
    {
        if (((int)message.Id & PendingCalls.ReservedIndex) == PendingCalls.ReservedIndex)
        {
            connection.Answer(message.Id, in message, line);
            return;
        }

        if (!connection.TryAnswer(message.Id, out var slot, out var sent))
        {
            Interlocked.Increment(ref counters.LateReplies);
            return;
        }

        var outcome = ReplyRules.OutcomeOf(in message, line);
        outcome.Offset += start;
        outcome.AttemptElapsed = _now - sent;
        connection.Observe(outcome.AttemptElapsed);
        _latency += outcome.AttemptElapsed;
        _answered++;
        Add(message.Id, in slot, in outcome, burst);
    }

    private void Add(long id, in CallSlot slot, in Outcome outcome, ReadOnlySpan<byte> burst)
    {
        _ended ??= connection.LeaseSlab();
        _ids[_ended.Count] = id;
        _ended.AddEnded(in slot, in outcome);
        if (_ended.IsFull)
        {
            EndSlab(burst);
        }
    }

    private void EndSlab(ReadOnlySpan<byte> burst)
    {
        if (_ended is { } ended)
        {
            _ended = null;
            connection.End(ended, _ids.AsSpan(0, ended.Count), burst);
        }
    }

    private void AnswerRequest(ReadOnlySpan<byte> method, ReadOnlySpan<byte> rawId)
    {
        if (connection.Era == ProtocolEra.Modern)
        {
            // Modern servers must not ask; nothing may be written back.
            Interlocked.Increment(ref counters.GarbageLines);
            return;
        }

        if (!connection.WriteControl(JsonText.Matches(method, "ping"u8) ? ControlMessages.EmptyResult(rawId) : ControlMessages.MethodNotFound(rawId)))
        {
            _failure = StreamConnection.UnreadMessage;
        }
    }

    /// <summary>A line that was too long to keep: its call is ended, if it could be seen whose it is.</summary>
    private void EndOversize(ReadOnlySpan<byte> burst)
    {
        var line = framing.Oversize;
        if (!line.HasId || line.HasMethod)
        {
            _failure = $"the server sent a line of more than {framing.MaxLineLength} bytes without an id";
            return;
        }

        EndBadly(
            line.Id, $"the answer is longer than {framing.MaxLineLength} bytes; raise maxResponseBytes of the server if it should be taken", burst);
    }

    /// <summary>An answer that cannot be read, nested too deeply for example, ends its call: nothing better will come. False: it is no answer.</summary>
    private bool TryEndUnread(ReadOnlySpan<byte> burst, ReadOnlySpan<byte> line)
    {
        _unread.Reset();
        _unread.Append(line);
        if (!_unread.HasId || _unread.HasMethod || !_unread.IsJsonRpc)
        {
            return false;
        }

        EndBadly(_unread.Id, $"the answer cannot be read: it is not valid, or nested deeper than {JsonScanner.MaxDepth} levels", burst);
        return true;
    }

    private void EndBadly(long id, string message, ReadOnlySpan<byte> burst)
    {
        if (connection.TryAnswer(id, out var slot, out var sent))
        {
            var elapsed = _now - sent;
            _latency += elapsed;
            _answered++;
            Add(id, in slot, Outcome.Local(CallFault.Local(FaultType.Protocol, Executed.Maybe), message, elapsed), burst);
        }
        else if (!connection.TryFail(id, message))
        {
            Interlocked.Increment(ref counters.LateReplies);
        }
    }
}
