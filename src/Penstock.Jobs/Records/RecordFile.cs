using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Records;

/// <summary>
/// A file of records: they gather in one block and leave it as whole lines. No locking: <see cref="RecordSink"/> owns it.
/// </summary>
internal sealed class RecordFile(Stream stream) : IDisposable
{
    /// <summary>A write of this size costs what its bytes cost; larger blocks gained nothing and held memory.</summary>
    public const int BlockLength = 1 << 20;

    /// <summary>The block, into which the next record is written.</summary>
    public ByteBuffer Block { get; } = new(BlockLength + (64 << 10));

    /// <summary>Ends the record at the end of the block, and empties the block if it is full.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void EndRecord()
    {
        Block.Append((byte)'\n');
        if (Block.Length >= BlockLength)
        {
            Flush();
        }
    }

    /// <inheritdoc cref="EndRecord"/>
    public void Flush()
    {
        if (Block.Length > 0)
        {
            stream.Write(Block.Span);
            stream.Flush();
            Block.ClearTo(BlockLength + (64 << 10));
        }
    }

    /// <summary>Closes without flushing.</summary>
    public void Dispose()
    {
        Block.Dispose();
        stream.Dispose();
    }
}
