using System.IO.Pipelines;

namespace Penstock.Testing;

/// <summary>Leads to a <see cref="LoopbackServer"/>, over pipes in memory that hold 64 KiB each way, as those of Linux do.</summary>
public sealed class LoopbackTransport : StreamTransport
{
    // A slab's burst of some 100 KiB should not be cut into the default 4 KiB pieces.
    private const int SegmentSize = 1 << 14;
    private const int PipeSize = 1 << 16;

    private static readonly PipeOptions Pipes = new(
        pauseWriterThreshold: PipeSize,
        resumeWriterThreshold: PipeSize / 2,
        minimumSegmentSize: SegmentSize,
        useSynchronizationContext: false);

    private readonly LoopbackServer _server;

    internal LoopbackTransport(LoopbackServer server) => _server = server;

    /// <summary><c>loopback:</c> and the server's name.</summary>
    public override string ToString() => $"loopback:{_server.Mock.Options.Name}";

    /// <inheritdoc/>
    protected override async ValueTask<ByteStream> ConnectAsync(CancellationToken stop) => await OpenAsync(stop).ConfigureAwait(false);

    internal async ValueTask<ByteStream> OpenAsync(CancellationToken stop)
    {
        var (number, fault) = await _server.Mock.AdmitAsync(stop).ConfigureAwait(false);
        if (!_server.TakesConnect() || fault?.Kind == FaultKind.RefuseConnect)
        {
            throw new IOException($"{this} refused connect {number}.");
        }

        var requests = new Pipe(Pipes);
        var answers = new Pipe(Pipes);
        var stream = new LoopbackStream(answers.Reader, requests.Writer);
        _ = ServeAsync(stream, requests.Reader, answers.Writer, number, fault);
        return stream;
    }

    // The reason is set before the output ends, so that whoever sees the end finds the reason.
    private async Task ServeAsync(LoopbackStream stream, PipeReader input, PipeWriter output, long number, Fault? fault)
    {
        stream.SetEnd(await _server.Mock.ServeAsync(input, output, number, fault, CancellationToken.None).ConfigureAwait(false));
        await output.CompleteAsync().ConfigureAwait(false);
        await input.CompleteAsync().ConfigureAwait(false);
    }

    private sealed class LoopbackStream(PipeReader input, PipeWriter output) : ByteStream(new Duplex(input, output))
    {
        private volatile StreamEnd? _end;

        public override StreamEnd? End => _end;

        public void SetEnd(StreamEnd end) => _end = end;
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
