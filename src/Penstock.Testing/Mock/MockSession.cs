using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;

namespace Penstock.Testing;

/// <summary>
/// One connection of a mock server. One loop reads a burst, answers what can be answered at once into one buffer, and writes that before it
/// reads on; answers that come later are delivered by the wheel's thread or by whoever lets them go.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "The source has no timer, so nothing to free, and it may be cancelled by anybody after the end.")]
internal sealed class MockSession
{
    private const int ParseError = -32700;
    private const int InvalidRequest = -32600;
    private const int MethodNotFound = -32601;

    private readonly MockServer _server;
    private readonly PipeReader _input;
    private readonly LineOutput _output;
    private readonly PendingReplies _pending;
    private readonly MockCalls _calls;
    private readonly CancellationTokenSource _stopping = new();

    // The read loop's own: the answers of the current burst, and the beginning of a line that is not whole yet.
    private readonly ReplyBuffer _burst = new();
    private readonly ReplyBuffer _partial = new();
    private readonly Fault? _connectFault;
    private TimeSpan _readStall;
    private bool _hasReadLine;
    private bool _isInitialized;

    private StreamEnd? _end;

    public MockSession(MockServer server, PipeReader input, PipeWriter output, Fault? connectFault, long number)
    {
        _server = server;
        _input = input;
        _connectFault = connectFault;
        var script = server.Options.Faults;
        _output = new LineOutput(output, server.Options.Clock, script?.MaxWriteBytes ?? 0, unchecked((script?.Seed ?? 0) + (int)number));
        _pending = new PendingReplies(this, server.Wheel);
        _calls = new MockCalls(server, this, _pending);
    }

    private bool MustPause => _readStall > TimeSpan.Zero || Volatile.Read(ref _end) is not null;

    /// <summary>Serves until the input ends, the output breaks, or somebody ends it. Never throws.</summary>
    public async Task<StreamEnd> RunAsync()
    {
        try
        {
            await ReadAsync().ConfigureAwait(false);
            End(new StreamEnd(false, _output.IsBroken ? "nobody reads the output" : "input ended"));
        }
        catch (Exception e)
        {
            End(new StreamEnd(false, $"connection broke: {e.Message}"));
        }

        _pending.Close();
        await _output.CloseAsync().ConfigureAwait(false);
        return _end!;
    }

    /// <summary>Ends the session as soon as what was answered is written; the first reason counts. Any thread.</summary>
    public void End(StreamEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, end, null) is null)
        {
            _stopping.Cancel();
            _input.CancelPendingRead();
        }
    }

    /// <summary>Ends the session at once: nothing more is written. Any thread.</summary>
    public void Abort(StreamEnd end)
    {
        End(end);
        _output.Break();
    }

    /// <summary>Writes an answer that has waited, unless it was cancelled meanwhile. Publish follows. Any thread.</summary>
    public void Deliver(PendingReply reply)
    {
        if (_pending.TryTake(reply))
        {
            _output.Append(reply.Line.Written);
        }

        _pending.Return(reply);
    }

    /// <summary>Writes a line of somebody's own. Publish follows. Any thread.</summary>
    public void Append(ReadOnlySpan<byte> line) => _output.Append(line);

    /// <summary>Lets what was delivered go out. Any thread.</summary>
    public void Publish() => _output.Kick();

    /// <summary>Reads nothing more for some time, from the next line on. The read loop's thread.</summary>
    public void StallReading(TimeSpan time) => _readStall += time;

    /// <summary>Writes nothing for some time. Any thread.</summary>
    public void StallWriting(TimeSpan time) => _ = _output.StallAsync(time, _stopping.Token);

    private async Task ReadAsync()
    {
        while (true)
        {
            var read = await _input.ReadAsync().ConfigureAwait(false);
            var consumed = Answer(read.Buffer);
            _input.AdvanceTo(consumed);
            if (_burst.Length > 0)
            {
                _output.Append(_burst.Written);
                _burst.Clear();
            }

            await _output.FlushAsync().ConfigureAwait(false);
            if (Volatile.Read(ref _end) is not null || _output.IsBroken)
            {
                return;
            }

            if (_readStall > TimeSpan.Zero)
            {
                var stall = _readStall;
                _readStall = TimeSpan.Zero;
                await Task.Delay(stall, _server.Options.Clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else if (read.IsCompleted)
            {
                return;
            }
        }
    }

    // Takes everything, whole lines or not, unless a line says to stop here.
    private SequencePosition Answer(in ReadOnlySequence<byte> buffer)
    {
        var taken = 0L;
        foreach (var memory in buffer)
        {
            var span = memory.Span;
            while (span.IndexOf((byte)'\n') is var end and >= 0)
            {
                if (MustPause)
                {
                    return buffer.GetPosition(taken);
                }

                AnswerLine(span[..end]);
                taken += end + 1;
                span = span[(end + 1)..];
            }

            _partial.Write(span);
            taken += span.Length;
            CheckLength(_partial.Length);
        }

        return buffer.End;
    }

    private void AnswerLine(ReadOnlySpan<byte> rest)
    {
        var line = rest;
        if (_partial.Length > 0)
        {
            _partial.Write(rest);
            line = _partial.Written;
        }

        CheckLength(line.Length);
        if (line.EndsWith("\r"u8))
        {
            line = line[..^1];
        }

        if (!line.IsEmpty && Volatile.Read(ref _end) is null)
        {
            Read(line);
        }

        _partial.Clear();
    }

    private void CheckLength(int length)
    {
        if (length > _server.Options.MaxLineBytes)
        {
            End(new StreamEnd(true, $"exited with code 0: a line is longer than {_server.Options.MaxLineBytes} bytes"));
        }
    }

    private void Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var request = RequestLine.Read(line);
            if (request.IsValid)
            {
                Answer(request);
            }
            else
            {
                Envelope.Error(_burst, "null"u8, default, InvalidRequest, "Invalid request");
            }
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException)
        {
            Envelope.Error(_burst, "null"u8, default, ParseError, "Parse error");
        }
    }

    private void Answer(in RequestLine request)
    {
        if (DiesAtFirstLine(request))
        {
            End(new StreamEnd(true, "exited with code 1: died in handshake by script"));
        }
        else if (request.Method.IsEmpty)
        {
            _server.CountAnswer();
        }
        else if (request.Id.IsEmpty)
        {
            Notice(request);
        }
        else if (request.Method.SequenceEqual("tools/call"u8))
        {
            if (_server.Protocol.TryAdmit(request, _isInitialized, _burst, _server.DefaultOrder, out var isModern))
            {
                _calls.Run(request, isModern, _burst);
            }
        }
        else
        {
            AnswerOther(request, _server.DefaultOrder);
        }
    }

    private bool DiesAtFirstLine(in RequestLine request)
    {
        var isFirst = !_hasReadLine;
        _hasReadLine = true;
        return isFirst && _connectFault?.Kind switch
        {
            FaultKind.DieInHandshake => true,
            FaultKind.DieOnProbe => !request.Method.SequenceEqual("initialize"u8),
            _ => false,
        };
    }

    private void Notice(in RequestLine request)
    {
        if (request.Method.SequenceEqual("notifications/cancelled"u8))
        {
            _pending.Cancel(request.RequestId);
            _server.CountCancelled();
        }
    }

    private void AnswerOther(in RequestLine request, MemberOrder order)
    {
        var protocol = _server.Protocol;
        if (protocol.SpeaksLegacy && request.Method.SequenceEqual("initialize"u8))
        {
            protocol.Initialize(request, _burst, order);
            _isInitialized = true;
        }
        else if (protocol.SpeaksLegacy && request.MetaVersion.IsEmpty && request.Method.SequenceEqual("ping"u8))
        {
            MockProtocol.Result(request.Id, _burst, order, "{}"u8);
        }
        else if (protocol.SpeaksModern && request.Method.SequenceEqual("server/discover"u8))
        {
            // Only the modern era has this method: a legacy session does not excuse missing metadata.
            if (protocol.TryAdmit(request, isInitialized: false, _burst, order, out _))
            {
                protocol.Discover(request, _burst, order);
            }
        }
        else if (request.Method.SequenceEqual("tools/list"u8))
        {
            if (protocol.TryAdmit(request, _isInitialized, _burst, order, out var isModern))
            {
                protocol.List(request, isModern, _burst, order);
            }
        }
        else
        {
            Envelope.Error(_burst, request.Id, order, MethodNotFound, "Method not found");
        }
    }
}
