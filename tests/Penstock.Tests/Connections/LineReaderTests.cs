using System.Buffers;
using System.IO.Pipelines;
using Penstock.Connections;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Connections;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("given up")]
    [InlineData("broken")]
    [InlineData("closed")]
    [InlineData("failed")]
    public async Task RunAsync_EndsInTheMiddleOfALine_GivesTheBufferBack(string how)
    {
        await using var peer = new StreamPeer();
        var buffers = new CountedBuffers();
        var reader = new LineReader(peer.Connection, new LineFraming(100_000, buffers), peer.Counters);
        // Read where it is written: a buffer that is being exchanged for a larger one is counted twice by whoever looks meanwhile.
        var pipe = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
        using var abort = new CancellationTokenSource();
        var run = reader.RunAsync(pipe.Reader, abort.Token);
        await pipe.Writer.WriteAsync(new byte[50_000]);
        Assert.Equal(1, buffers.Rented);
        switch (how)
        {
            case "given up":
                await abort.CancelAsync();
                pipe.Reader.CancelPendingRead();
                break;
            case "failed":
                // A line without an id that is longer than is taken.
                await pipe.Writer.WriteAsync(new byte[60_000]);
                await pipe.Writer.WriteAsync("\n{"u8.ToArray());
                break;
            default:
                await pipe.Writer.CompleteAsync(how == "broken" ? new IOException("broken") : null);
                break;
        }

        var failure = await Record.ExceptionAsync(() => run.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(how == "broken" ? "broken" : null, failure?.Message);
        Assert.Equal(0, buffers.Rented);
    }

    private sealed class CountedBuffers : ArrayPool<byte>
    {
        private int _rented;

        public int Rented => Volatile.Read(ref _rented);

        public override byte[] Rent(int minimumLength)
        {
            Interlocked.Increment(ref _rented);
            return new byte[minimumLength];
        }

        public override void Return(byte[] array, bool clearArray = false) => Interlocked.Decrement(ref _rented);
    }
}
