using System.Buffers;
using System.IO.Pipelines;
using Penstock.Calls;
using Penstock.Protocol;

namespace Penstock.Connections;

/// <summary>
/// The read loop of a stream: frames lines, settles answers, and ends them together once per read burst. Content is not copied here: outcomes
/// point into the burst, and the door copies from it before the bytes are handed back.
/// </summary>
internal sealed class LineReader(StreamConnection connection, int maxLineBytes, ConnectionCounters counters)
{
    private readonly TaskCompletionSource _firstByte = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long[] _ids = new long[Slab.Capacity];
    private Slab? _ended;
    private OversizeLine? _oversize;
    private int _answered;
    private long _latency;
    private long _now;

    /// <summary>Completes with the first byte.</summary>
    public Task FirstByte => _firstByte.Task;

    /// <summary>Reads until the stream ends or is given up.</summary>
    /// <returns>Why, in words; null if the peer closed it.</returns>
    public async Task<string?> RunAsync(PipeReader input, CancellationToken abort)
    {
        while (true)
        {
            var read = await input.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            if (abort.IsCancellationRequested)
            {
                return "the connection was given up";
            }

            if (!read.Buffer.IsEmpty)
            {
                _firstByte.TrySetResult();
            }

            var consumed = ReadBurst(read.Buffer, out var failure);
            input.AdvanceTo(read.Buffer.GetPosition(consumed), read.Buffer.End);
            if (failure is not null || read.IsCompleted)
            {
                return failure;
            }
        }
    }

    private long ReadBurst(ReadOnlySequence<byte> buffer, out string? failure)
    {
        if (buffer.IsSingleSegment)
        {
            return ReadBurst(buffer.FirstSpan, out failure);
        }

        // Only foreign transports hand out pieces; they are joined so that every line is contiguous.
        var length = (int)buffer.Length;
        var joined = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            buffer.CopyTo(joined);
            return ReadBurst(joined.AsSpan(0, length), out failure);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    /// <returns>How many bytes are done with.</returns>
    private int ReadBurst(ReadOnlySpan<byte> burst, out string? failure)
    {
        failure = null;
        var position = 0;
        _now = connection.GetTimestamp();
        while (position < burst.Length && failure is null)
        {
            var length = burst[position..].IndexOf((byte)'\n');
            if (_oversize is not null)
            {
                position += SkipOversize(burst, position, length, out failure);
                continue;
            }

            if (length < 0)
            {
                if (burst.Length - position <= maxLineBytes)
                {
                    break;
                }

                _oversize = new OversizeLine();
                continue;
            }

            if (length > maxLineBytes)
            {
                _oversize = new OversizeLine();
                continue;
            }

            ReadLine(burst, position, length);
            position += length + 1;
        }

        EndSlab(burst);
        connection.BurstRead(_answered, _latency);
        _answered = 0;
        _latency = 0;
        return position;
    }

    private void ReadLine(ReadOnlySpan<byte> burst, int start, int length)
    {
        var line = burst.Slice(start, length);
        if (!JsonRpcReader.TryRead(line, out var message))
        {
            if (!line.Trim(" \t\r"u8).IsEmpty)
            {
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

        if (!connection.TrySettle(message.Id, out var slot, out var sent))
        {
            Interlocked.Increment(ref counters.LateReplies);
            return;
        }

        var outcome = ReplyRules.OutcomeOf(in message, line);
        outcome.Offset += start;
        outcome.AttemptElapsed = _now - sent;
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

        connection.WriteControl(JsonText.Matches(method, "ping"u8) ? ControlMessages.EmptyResult(rawId) : ControlMessages.MethodNotFound(rawId));
    }

    /// <summary>Passes over a line that is too long to keep, looking only for whose it is.</summary>
    private int SkipOversize(ReadOnlySpan<byte> burst, int start, int length, out string? failure)
    {
        failure = null;
        var chunk = length < 0 ? burst[start..] : burst.Slice(start, length);
        _oversize!.Append(chunk);
        if (length < 0)
        {
            return chunk.Length;
        }

        var id = _oversize.HasId && !_oversize.HasMethod ? _oversize.Id : -1;
        _oversize = null;
        if (id < 0)
        {
            failure = $"the server sent a line of more than {maxLineBytes} bytes without an id";
        }
        else if (connection.TrySettle(id, out var slot, out var sent))
        {
            var outcome = Outcome.Local(
                CallFault.Local(FaultType.Protocol, Executed.Maybe),
                $"the answer is longer than {maxLineBytes} bytes; raise maxResponseBytes of the server if it should be taken",
                _now - sent);
            _answered++;
            Add(id, in slot, in outcome, burst);
        }

        return length + 1;
    }
}
