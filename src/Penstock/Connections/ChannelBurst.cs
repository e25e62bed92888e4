using System.Buffers;
using Penstock.Calls;

namespace Penstock.Connections;

/// <summary>
/// The calls that a channel ends together, and where their results lie until the door has copied them. Of the thread that opened it; used again
/// by the next burst.
/// </summary>
internal sealed class ChannelBurst(ChannelConnection connection)
{
    private readonly long[] _ids = new long[Slab.Capacity];
    private readonly ArrayBufferWriter<byte> _content = new(4096);
    private Slab? _ended;
    private int _answered;
    private long _latency;
    private long _now;
    private bool _isOpen;

    public void Begin(long now)
    {
        _isOpen = true;
        _now = now;
    }

    public void Complete(long id, CallFault fault, ReadOnlySpan<byte> result, string? message)
    {
        if (!connection.TryAnswer(id, out var slot, out var sent))
        {
            return;
        }

        var elapsed = _now - sent;
        _ended ??= connection.LeaseSlab();
        _ids[_ended.Count] = id;
        _ended.AddEnded(
            in slot,
            new Outcome
            {
                Ended = true,
                Fault = fault,
                Message = message,
                Offset = _content.WrittenCount,
                Length = result.Length,
                AttemptElapsed = elapsed,
            });
        _content.Write(result);
        _latency += elapsed;
        _answered++;
        if (_ended.IsFull)
        {
            EndSlab();
        }
    }

    /// <summary>Publishes what has ended. A second time does nothing.</summary>
    public void End()
    {
        if (!_isOpen)
        {
            return;
        }

        _isOpen = false;
        EndSlab();
        var (answered, latency) = (_answered, _latency);
        (_answered, _latency) = (0, 0);
        connection.EndBurst(this, answered, latency);
    }

    private void EndSlab()
    {
        if (_ended is { } ended)
        {
            _ended = null;
            connection.End(ended, _ids.AsSpan(0, ended.Count), _content.WrittenSpan);
            _content.ResetWrittenCount();
        }
    }
}
