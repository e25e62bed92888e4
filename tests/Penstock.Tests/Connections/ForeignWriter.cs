using System.Buffers;
using System.IO.Pipelines;

namespace Penstock.Tests.Connections;

/// <summary>A transport's own writer: keeps what it gets, and tells what it was asked to do.</summary>
internal sealed class ForeignWriter : PipeWriter
{
    private int _spans;

    public ArrayBufferWriter<byte> Written { get; } = new();

    /// <summary>What it says has not left.</summary>
    public long Unsent { get; init; }

    /// <summary>Told before room is given, with the number of the request.</summary>
    public Action<int>? BeforeSpan { get; set; }

    public int Flushes { get; private set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => Unsent;

    public override void Advance(int bytes) => Written.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => Written.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        BeforeSpan?.Invoke(++_spans);
        return Written.GetSpan(sizeHint);
    }

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Flushes++;
        return default;
    }
}
