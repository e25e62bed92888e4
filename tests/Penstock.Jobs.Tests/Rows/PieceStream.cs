namespace Penstock.Jobs.Tests.Rows;

/// <summary>A stream that hands out its bytes in pieces of random size, as pipes do. Spans get here by way of the array overload.</summary>
internal sealed class PieceStream(byte[] bytes, Random random, int largest) : MemoryStream(bytes)
{
    public override bool CanSeek => false;

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, random.Next(1, largest + 1)));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
}
