using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

public sealed class PipeFdWriterTests : IDisposable
{
    private readonly Descriptor _read;
    private readonly PipeFdWriter _writer;

    public PipeFdWriterTests()
    {
        (_read, var write) = Descriptor.CreatePipe();
        _writer = new PipeFdWriter(write, PipePoller.Shared);
    }

    public void Dispose()
    {
        _read.Dispose();
        _writer.Complete();
    }

    [Fact]
    public async Task FlushAsync_RoomInPipe_WritesAtOnce()
    {
        Put(10);
        Assert.Equal(10, _writer.UnflushedBytes);

        var flush = _writer.FlushAsync();

        Assert.True(flush.IsCompletedSuccessfully);
        await flush;
        Assert.Equal(0, _writer.UnflushedBytes);
        Assert.Equal(10, _read.Read(new byte[100]));
    }

    [Fact]
    public async Task FlushAsync_FullPipe_WaitsAndGoesOnInOrder()
    {
        const int Total = 1_000_000;
        Put(Total);
        var flush = _writer.FlushAsync();
        Assert.False(flush.IsCompleted);
        Assert.InRange(_writer.UnflushedBytes, 1, Total - 1);

        var reading = Task.Run(() => ReadAll(Total));
        await flush.AsTask().WaitAsync(Eventually.Limit);

        Assert.Equal(0, _writer.UnflushedBytes);
        Assert.Equal(Expected(Total), await reading.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task FlushAsync_FullPipe_ContinuesOffThePollersThread()
    {
        Put(1_000_000);
        var reading = Task.Run(() => ReadAll(1_000_000));

        Assert.False(await Task.Run(FlushAndTellAsync));
        await reading;

        async Task<bool> FlushAndTellAsync()
        {
            await _writer.FlushAsync();
            return PipePoller.Shared.IsCurrentThread;
        }
    }

    [Fact]
    public async Task FlushAsync_ReaderGone_ThrowsAndCountsWhatNobodyRead()
    {
        Put(1000);
        await _writer.FlushAsync();
        Assert.Equal(10, _read.Read(new byte[10]));
        _read.Dispose();
        Put(500);

        await Assert.ThrowsAsync<IOException>(async () => await _writer.FlushAsync());

        Assert.Equal(990 + 500, _writer.UnflushedBytes);
    }

    [Fact]
    public async Task FlushAsync_ReaderGoesWhileWaiting_Throws()
    {
        Put(1_000_000);
        var flush = _writer.FlushAsync().AsTask();

        _read.Dispose();

        await Assert.ThrowsAsync<IOException>(() => flush.WaitAsync(Eventually.Limit));
        Assert.Equal(1_000_000, _writer.UnflushedBytes);
    }

    [Fact]
    public async Task UnflushedBytes_SuspectedPeerThatStillReads_CountsOnlyOwnBytes()
    {
        Put(1000);
        await _writer.FlushAsync();
        _writer.SuspectPeer();

        Assert.Equal(0, _writer.UnflushedBytes);
        _read.Dispose();
        Assert.Equal(1000, _writer.UnflushedBytes);
    }

    [Fact]
    public async Task UnflushedBytes_AfterClose_KeepsTheCountOfThatMoment()
    {
        Put(1000);
        await _writer.FlushAsync();
        _read.Dispose();
        _writer.SuspectPeer();

        _writer.Close();

        Assert.Equal(1000, _writer.UnflushedBytes);
    }

    [Fact]
    public async Task Close_WhileFlushWaits_FailsTheFlush()
    {
        Put(1_000_000);
        var flush = _writer.FlushAsync().AsTask();

        _writer.Close();

        await Assert.ThrowsAsync<IOException>(() => flush.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task CancelPendingFlush_WhileWaiting_KeepsTheRestForTheNextFlush()
    {
        Put(1_000_000);
        var flush = _writer.FlushAsync().AsTask();
        _writer.CancelPendingFlush();
        Assert.True((await flush.WaitAsync(Eventually.Limit)).IsCanceled);

        var reading = Task.Run(() => ReadAll(1_000_000));
        await _writer.FlushAsync().AsTask().WaitAsync(Eventually.Limit);

        Assert.Equal(Expected(1_000_000), await reading.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task FlushAsync_TokenCancelledWhileWaiting_Throws()
    {
        using var stop = new CancellationTokenSource();
        Put(1_000_000);
        var flush = _writer.FlushAsync(stop.Token).AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => flush.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task CompleteAsync_BytesLeft_WritesThemThenEnds()
    {
        Put(200_000);
        var reading = Task.Run(() => ReadAll(int.MaxValue));

        await _writer.CompleteAsync();

        Assert.Equal(Expected(200_000), await reading.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public void Advance_MoreThanAsked_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _writer.Advance(1));
        var room = _writer.GetMemory(10).Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => _writer.Advance(room + 1));
    }

    [Fact]
    public void GetMemory_AnySize_IsAtLeastThat()
    {
        Assert.NotEmpty(_writer.GetMemory().ToArray());
        Assert.True(_writer.GetMemory(5_000_000).Length >= 5_000_000);
        Assert.True(_writer.GetSpan(PipeFdWriter.SegmentBytes).Length >= PipeFdWriter.SegmentBytes);
    }

    // Puts bytes whose value tells their place.
    private void Put(int count)
    {
        var at = 0;
        while (at < count)
        {
            var span = _writer.GetSpan(1);
            var part = Math.Min(span.Length, count - at);
            for (var i = 0; i < part; i++)
            {
                span[i] = (byte)((at + i) % 251);
            }

            _writer.Advance(part);
            at += part;
        }
    }

    private static byte[] Expected(int count) => [.. Enumerable.Range(0, count).Select(static i => (byte)(i % 251))];

    private byte[] ReadAll(int most)
    {
        var all = new List<byte>();
        var buffer = new byte[10_000];
        while (all.Count < most)
        {
            var count = _read.Read(buffer);
            if (count <= 0)
            {
                break;
            }

            all.AddRange(buffer.AsSpan(0, count));
        }

        return [.. all];
    }
}
