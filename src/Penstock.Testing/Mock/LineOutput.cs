using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Penstock.Testing;

/// <summary>
/// The one writer of a session's output. Any thread appends whole lines; whoever flushes writes all that is there in one write, while the
/// others append to the second of two buffers. The lock guards the open buffer and the flags, the turn guards the pipe.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A semaphore whose wait handle was never asked for has nothing to free, and late flushes must not meet a disposed one.")]
internal sealed class LineOutput(PipeWriter writer, TimeProvider clock, int maxWriteBytes, int seed)
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private ReplyBuffer _open = new();
    private ReplyBuffer _full = new();
    private long _writes;
    private bool _isFlushQueued;
    private bool _isStalled;
    private volatile bool _isBroken;

    /// <summary>Whether nobody reads any more.</summary>
    public bool IsBroken => _isBroken;

    public void Append(ReadOnlySpan<byte> lines)
    {
        lock (_lock)
        {
            if (!_isBroken)
            {
                _open.Write(lines);
            }
        }
    }

    /// <summary>Writes what was appended, and waits until the reader takes it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask FlushAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (TakeFull())
            {
                await WriteAsync(_full).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            Break();
        }
        finally
        {
            _full.Clear();
            _turn.Release();
        }
    }

    /// <summary>Flushes without waiting, unless somebody is about to anyway.</summary>
    public void Kick()
    {
        lock (_lock)
        {
            if (_isFlushQueued)
            {
                return;
            }

            _isFlushQueued = true;
        }

        _ = FlushAsync().AsTask();
    }

    /// <summary>Writes nothing for some time; lines gather meanwhile.</summary>
    public async Task StallAsync(TimeSpan time, CancellationToken stop)
    {
        lock (_lock)
        {
            _isStalled = true;
        }

        await Task.Delay(time, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            _isStalled = false;
        }

        Kick();
    }

    /// <summary>Gives up: what is still to be written is dropped, and a write that waits ends.</summary>
    public void Break()
    {
        _isBroken = true;
        writer.CancelPendingFlush();
    }

    /// <summary>Gives up and waits until nobody writes any more: from here on the pipe is its owner's.</summary>
    public async ValueTask CloseAsync()
    {
        Break();
        await _turn.WaitAsync().ConfigureAwait(false);
        _turn.Release();
    }

    private bool TakeFull()
    {
        lock (_lock)
        {
            _isFlushQueued = false;
            if (_isStalled || _isBroken || _open.Length == 0)
            {
                return false;
            }

            (_open, _full) = (_full, _open);
            return true;
        }
    }

    private async ValueTask WriteAsync(ReplyBuffer full)
    {
        var rest = full.WrittenMemory;
        while (!rest.IsEmpty && !_isBroken)
        {
            var size = maxWriteBytes == 0 ? rest.Length : Math.Min(rest.Length, 1 + SeededChance.Below(maxWriteBytes, seed, ++_writes, 0));
            var flush = await writer.WriteAsync(rest[..size]).ConfigureAwait(false);
            _isBroken |= flush.IsCompleted || flush.IsCanceled;
            rest = rest[size..];
        }
    }
}
