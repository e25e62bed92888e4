using System.Buffers;
using System.Text;
using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

public sealed class PipeFdReaderTests : IDisposable
{
    private readonly Descriptor _write;
    private readonly PipeFdReader _reader;

    public PipeFdReaderTests()
    {
        (var read, _write) = Descriptor.CreatePipe();
        _reader = new PipeFdReader(read, PipePoller.Shared);
    }

    public void Dispose()
    {
        _write.Dispose();
        _reader.Complete();
    }

    [Fact]
    public async Task ReadAsync_DataInPipe_CompletesAtOnce()
    {
        _write.Write("abc"u8);

        var read = _reader.ReadAsync();

        Assert.True(read.IsCompleted);
        Assert.Equal("abc", Encoding.UTF8.GetString((await read).Buffer));
    }

    [Fact]
    public async Task ReadAsync_EmptyPipe_ContinuesOnThePollersThread()
    {
        var read = ReadAndTellAsync();
        Assert.False(read.IsCompleted);

        _write.Write("x"u8);

        Assert.True(await read.WaitAsync(Eventually.Limit));

        async Task<bool> ReadAndTellAsync()
        {
            await _reader.ReadAsync().ConfigureAwait(false);
            return PipePoller.Shared.IsCurrentThread;
        }
    }

    [Fact]
    public async Task ReadAsync_WriterGone_CompletesWithWhatIsLeft()
    {
        _write.Write("tail"u8);
        _write.Dispose();

        var first = await _reader.ReadAsync();
        _reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        var second = await _reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit);

        Assert.True(second.IsCompleted);
        Assert.Equal("tail", Encoding.UTF8.GetString(second.Buffer));
    }

    [Fact]
    public async Task AdvanceTo_ExaminedToEnd_WaitsForMore()
    {
        _write.Write("half"u8);
        var first = await _reader.ReadAsync();
        _reader.AdvanceTo(first.Buffer.GetPosition(1), first.Buffer.End);

        var read = _reader.ReadAsync();
        Assert.False(read.IsCompleted);
        _write.Write(" line"u8);

        Assert.Equal("alf line", Encoding.UTF8.GetString((await read.AsTask().WaitAsync(Eventually.Limit)).Buffer));
    }

    [Fact]
    public async Task AdvanceTo_NotExaminedToEnd_ReadsTheRestAtOnce()
    {
        _write.Write("ab"u8);
        var first = await _reader.ReadAsync();
        _reader.AdvanceTo(first.Buffer.GetPosition(1));

        var read = _reader.ReadAsync();

        Assert.True(read.IsCompleted);
        Assert.Equal("b", Encoding.UTF8.GetString((await read).Buffer));
    }

    [Fact]
    public async Task AdvanceTo_PositionsOutsideTheRead_Throws()
    {
        _write.Write("ab"u8);
        var result = await _reader.ReadAsync();
        _reader.AdvanceTo(result.Buffer.GetPosition(1));

        Assert.Throws<ArgumentOutOfRangeException>(() => _reader.AdvanceTo(result.Buffer.Start));
        Assert.Throws<ArgumentOutOfRangeException>(() => _reader.AdvanceTo(new SequencePosition(new byte[9], 1)));
    }

    [Fact]
    public async Task ReadAsync_LineLongerThanTheBuffer_GrowsAndShrinksAgain()
    {
        const int LineBytes = (PipeFdReader.BufferBytes * 5) + 3;
        var line = new byte[LineBytes];
        Random.Shared.NextBytes(line);
        var feeding = Task.Run(() => _write.Write(line));

        ReadOnlySequence<byte> seen;
        while (true)
        {
            var result = await _reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit);
            seen = result.Buffer;
            if (seen.Length == LineBytes)
            {
                break;
            }

            _reader.AdvanceTo(seen.Start, seen.End);
        }

        Assert.True(seen.IsSingleSegment);
        Assert.True(seen.FirstSpan.SequenceEqual(line));
        Assert.True(_reader.BufferLength >= LineBytes);
        _reader.AdvanceTo(seen.End);
        Assert.Equal(0, _reader.BufferLength);
        Assert.Equal(LineBytes, await feeding);

        _write.Write("x"u8);
        await _reader.ReadAsync();
        Assert.Equal(PipeFdReader.BufferBytes, _reader.BufferLength);
    }

    [Fact]
    public async Task ReadAsync_NothingBufferedWhileWaiting_HoldsNoBuffer()
    {
        _write.Write("x"u8);
        _reader.AdvanceTo((await _reader.ReadAsync()).Buffer.End);

        var read = _reader.ReadAsync();

        Assert.False(read.IsCompleted);
        Assert.Equal(0, _reader.BufferLength);
        _write.Dispose();
        Assert.True((await read.AsTask().WaitAsync(Eventually.Limit)).IsCompleted);
    }

    [Fact]
    public async Task CancelPendingRead_WhileWaiting_EndsThatReadOnly()
    {
        var read = _reader.ReadAsync();
        _reader.CancelPendingRead();

        var result = await read.AsTask().WaitAsync(Eventually.Limit);
        Assert.True(result.IsCanceled);
        _reader.AdvanceTo(result.Buffer.End);

        _write.Write("y"u8);
        Assert.False((await _reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit)).IsCanceled);
    }

    [Fact]
    public async Task CancelPendingRead_BeforeTheRead_CancelsTheNext()
    {
        _reader.CancelPendingRead();

        Assert.True((await _reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit)).IsCanceled);
    }

    [Fact]
    public async Task ReadAsync_TokenCancelledWhileWaiting_ThrowsAndCanReadAgain()
    {
        using var stop = new CancellationTokenSource();
        var read = _reader.ReadAsync(stop.Token).AsTask();
        await stop.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => read.WaitAsync(Eventually.Limit));
        _write.Write("y"u8);
        Assert.Equal(1, (await _reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit)).Buffer.Length);
    }

    [Fact]
    public async Task Close_WhileWaiting_CompletesTheRead()
    {
        var read = _reader.ReadAsync();

        _reader.Close();

        Assert.True((await read.AsTask().WaitAsync(Eventually.Limit)).IsCompleted);
        Assert.True((await _reader.ReadAsync()).IsCompleted);
    }

    [Fact]
    public async Task Close_WhileABufferIsBorrowed_LeavesItAlone()
    {
        _write.Write("abc"u8);
        var result = await _reader.ReadAsync();

        _reader.Close();

        Assert.Equal("abc", Encoding.UTF8.GetString(result.Buffer));
        Assert.NotEqual(0, _reader.BufferLength);
        _reader.AdvanceTo(result.Buffer.End);
        Assert.True((await _reader.ReadAsync()).IsCompleted);
    }

    [Fact]
    public async Task ReadAsync_WhileAReadIsPending_Throws()
    {
        var read = _reader.ReadAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _reader.ReadAsync());

        _write.Dispose();
        await read.AsTask().WaitAsync(Eventually.Limit);
    }

    [Fact]
    public void TryRead_EmptyThenFull_DoesNotWait()
    {
        Assert.False(_reader.TryRead(out _));
        _write.Write("abc"u8);

        Assert.True(_reader.TryRead(out var result));
        Assert.Equal(3, result.Buffer.Length);
    }

    [Fact]
    public async Task ReadAsync_EndlessWriter_LetsOtherReadersHaveTheirTurn()
    {
        // One loop that would never wait, on the poller's thread, and a second pipe whose reader needs the same thread.
        var (otherRead, otherWrite) = Descriptor.CreatePipe();
        var other = new PipeFdReader(otherRead, PipePoller.Shared);
        var done = 0;
        var feeding = Task.Run(() =>
        {
            var chunk = new byte[PipeFdReader.BufferBytes];
            while (Volatile.Read(ref done) == 0)
            {
                _write.Write(chunk);
            }

            _write.Dispose();
        });
        var draining = Task.Run(DrainAsync);

        otherWrite.Write("turn"u8);
        await other.ReadAsync().AsTask().WaitAsync(Eventually.Limit);

        Volatile.Write(ref done, 1);
        await Task.WhenAll(feeding, draining).WaitAsync(Eventually.Limit);
        other.Complete();
        otherWrite.Dispose();

        async Task DrainAsync()
        {
            while (true)
            {
                var result = await _reader.ReadAsync();
                _reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
    }

    [Fact]
    public async Task ReadAsync_Waiting_AllocatesNothingPerRead()
    {
        // A poller of its own, since the count is that of its thread.
        var (read, write) = Descriptor.CreatePipe();
        var reader = new PipeFdReader(read, new PipePoller());
        using var taken = new SemaphoreSlim(0);
        var reading = Task.Run(() => ReadManyAsync(reader, taken));
        await Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                write.Write("x"u8);
                taken.Wait();
            }
        });

        Assert.InRange(await reading, 0, 999);
        reader.Complete();
        write.Dispose();
    }

    // What a thousand reads allocate, after a thousand that warm up.
    private static async Task<long> ReadManyAsync(PipeFdReader reader, SemaphoreSlim taken)
    {
        var before = 0L;
        for (var i = 0; i < 2000; i++)
        {
            var result = await reader.ReadAsync();
            reader.AdvanceTo(result.Buffer.End);
            if (i == 1000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            taken.Release();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
