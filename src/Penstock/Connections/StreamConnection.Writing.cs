using System.Buffers;
using System.IO.Pipelines;
using Penstock.Calls;
using Penstock.Protocol;

namespace Penstock.Connections;

// How lines get out, and what happens while the peer does not take them.
internal sealed partial class StreamConnection
{
    /// <summary>Writes a whole line of our own, at once or when the peer reads again. False: the peer lets too many of them wait.</summary>
    public bool WriteControl(byte[] line)
    {
        lock (_writeGate)
        {
            if (_isBlocked && !_isClosing)
            {
                return _deferred.TryAdd(line);
            }

            WriteControl_NeedsLock(line);
            return true;
        }
    }

    private void Write_NeedsLock(ReadOnlySpan<CallSlot> slots, ReadOnlySpan<long> ids)
    {
        for (var i = 0; i < slots.Length; i++)
        {
            var template = ((ToolEntry)slots[i].Target).Template(Era);
            var arguments = slots[i].Arguments;
            var length = template.Write(_output.GetSpan(template.MaxLength(arguments.Length)), ids[i], arguments);
            _output.Advance(length);
            _accepted += length;
            Pending.SetEnd(ids[i], _accepted);
        }
    }

    private void WriteControl_NeedsLock(byte[] line)
    {
        if (_isClosing)
        {
            return;
        }

        try
        {
            _output.Write(line);
            _accepted += line.Length;
        }
        catch (Exception)
        {
            LoseOutput();
            return;
        }

        Flush_NeedsLock();
    }

    /// <summary>Tells the server, with one flush, that nobody waits for these calls any more. One that does not read is not told.</summary>
    private void WriteCancelled(List<long> ids, string reason)
    {
        lock (_writeGate)
        {
            if (_isClosing)
            {
                return;
            }

            try
            {
                foreach (var id in ids)
                {
                    var line = ControlMessages.Cancelled(id, reason);
                    if (_isBlocked)
                    {
                        _deferred.AddNotice(line);
                        continue;
                    }

                    _output.Write(line);
                    _accepted += line.Length;
                }
            }
            catch (Exception)
            {
                LoseOutput();
                return;
            }

            if (!_isBlocked)
            {
                Flush_NeedsLock();
            }
        }
    }

    private void Flush_NeedsLock()
    {
        try
        {
            var flush = _output.FlushAsync(CancellationToken.None);
            if (flush.IsCompleted)
            {
                ThrowIfUnread(flush.GetAwaiter().GetResult());
                return;
            }

            _isBlocked = true;
            _unblock = UnblockAsync(flush);
        }
        catch (Exception)
        {
            LoseOutput();
        }
    }

    /// <summary>The peer reads slowly: waits until everything written is out, then lets the next calls come.</summary>
    private async Task UnblockAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            // Never on the flusher's thread, which holds the lock.
            ThrowIfUnread(await flush.AsTask().ConfigureAwait(ConfigureAwaitOptions.ForceYielding));
            lock (_writeGate)
            {
                _isBlocked = false;
                if (_deferred.Count > 0 && !_isClosing)
                {
                    foreach (var line in _deferred.Take())
                    {
                        _output.Write(line);
                        _accepted += line.Length;
                    }

                    Flush_NeedsLock();
                }
            }

            _owner.RoomFreed();
        }
        catch (Exception)
        {
            LoseOutput();
        }
    }

    /// <summary>A pipe whose reader has left takes bytes and drops them: calls would wait out their time for nothing.</summary>
    private static void ThrowIfUnread(FlushResult flush)
    {
        if (flush.IsCompleted)
        {
            throw new IOException("the peer reads no more");
        }
    }

    /// <summary>Nothing can be written any more, but answers may still lie in the pipe: the read loop ends by itself, or after a while.</summary>
    private void LoseOutput()
    {
        _isClosing = true;
        _ = AbortReadAsync();

        async Task AbortReadAsync()
        {
            await Task.WhenAny(_readLoop, Task.Delay(DrainLimit, _door.Clock)).ConfigureAwait(false);
            await _abort.CancelAsync().ConfigureAwait(false);
            _stream.Pipe.Input.CancelPendingRead();
        }
    }
}
