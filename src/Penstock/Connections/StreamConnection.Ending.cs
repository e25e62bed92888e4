using System.Runtime.InteropServices;
using Penstock.Calls;
using Penstock.Connections.Stdio;

namespace Penstock.Connections;

// What becomes of the calls when the stream has ended.
internal sealed partial class StreamConnection
{
    /// <summary>The stream has ended: settles what is open, by what is known of how far each call got.</summary>
    private async Task LoseAsync(string? failure)
    {
        _isClosing = true;

        // Whom we leave gets no more from now on. How much of what lies in a pipe is lost is known only when its reader has ended.
        var stop = _closeReason is null ? null : StopOutputAsync();
        try
        {
            await _stream.WaitForEndAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A foreign stream may throw; the calls must end all the same.
            failure ??= e.Message;
        }

        var end = _stream.End;
        var message = _closeReason ?? (end is { IsProcessExit: true } ? $"the server's process {end.Message}" : failure ?? end?.Message ?? "the server closed the connection");
        var loss = new ConnectionLoss(_closeReason is null && end is { IsProcessExit: true }, message);
        await _timer.DisposeAsync().ConfigureAwait(false);
        var open = new List<(long Id, long EndPosition)>();
        var isStopped = await (stop ?? StopOutputAsync()).ConfigureAwait(false);
        long left;
        lock (_writeGate)
        {
            left = _accepted - (isStopped && _output.CanGetUnflushedBytes ? _output.UnflushedBytes : 0);
            Pending.Collect(null, open);
        }

        ReturnUnsent(open, left);
        var maybe = open.Where(o => HasLeft(o.EndPosition, left)).Select(static o => o.Id).ToList();
        var type = _closeReason is null ? loss.Type : FaultType.Cancelled;
        EndSent(maybe, (_, _) => CallFault.Local(type, Executed.Maybe, retryable: type != FaultType.Cancelled), $"{message}; the call may have been executed", null);
        _control.Fail(new IOException(message));
        try
        {
            // The reader is this loop's to complete: only then does its buffer go home.
            await _stream.Pipe.Input.CompleteAsync().ConfigureAwait(false);
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It is given up either way, and whoever waits for Closed must not wait for ever.
        }

        MarkClosed(loss);
    }

    /// <summary>Whether a line may have been read. Many servers take a last line without its newline for one.</summary>
    private static bool HasLeft(long end, long left) => end - 1 <= left;

    /// <summary>
    /// Ends the writing for good: what has not left by then never will. It must come first, since a peer that reads slowly goes on reading while
    /// its calls are being given to another.
    /// </summary>
    /// <returns>False: a foreign writer does not come to rest, so that all it took may have left.</returns>
    private async Task<bool> StopOutputAsync()
    {
        Task unblock;
        lock (_writeGate)
        {
            // Whoever takes the lock after this sees that the connection is closing, and writes nothing.
            unblock = _unblock;
        }

        try
        {
            await CompleteAsync().WaitAsync(DrainLimit, _door.Clock).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (Exception)
        {
            // It has ended, if badly.
            return true;
        }

        async Task CompleteAsync()
        {
            if (_output is PipeFdWriter pipe)
            {
                pipe.Close();
            }
            else if (!unblock.IsCompleted)
            {
                _output.CancelPendingFlush();
            }

            await unblock.ConfigureAwait(false);
            await _output.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Calls whose line has not wholly left are nobody's yet: they go back to where they came from.</summary>
    private void ReturnUnsent(List<(long Id, long EndPosition)> open, long left)
    {
        var slab = _door.Slabs.Lease();
        var ids = new List<long>();
        foreach (var (id, end) in open)
        {
            if (HasLeft(end, left) || !Pending.TrySettle(id, out var slot, out _))
            {
                continue;
            }

            slot.Attempts--;
            ids.Add(id);
            slab.Add(in slot);
            if (slab.IsFull)
            {
                _owner.Unsent(slab);
                slab = _door.Slabs.Lease();
            }
        }

        Pending.Release(CollectionsMarshal.AsSpan(ids));
        if (slab.Count == 0)
        {
            _door.Slabs.Return(slab);
        }
        else
        {
            _owner.Unsent(slab);
        }
    }
}
