using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Files;

/// <summary>
/// A file of records: they gather in one block and leave it as whole lines. No locking: the sink of records owns it.
/// </summary>
/// <param name="stream">Takes the blocks; closed with this.</param>
/// <param name="created">The path of a file that was made for it; null = it was there before.</param>
internal sealed class RecordFile(Stream stream, string? created = null) : IDisposable
{
    /// <summary>A write of this size costs what its bytes cost; larger blocks gained nothing and held memory.</summary>
    public const int BlockLength = 1 << 20;

    private readonly WriteBehind? _behind = stream is FileStream { CanSeek: true } file ? WriteBehind.Of(file.SafeFileHandle) : null;

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
            Write();
            Block.ClearTo(BlockLength + (64 << 10));
        }
    }

    /// <summary>Drops what an earlier run left in the file.</summary>
    public void Empty()
    {
        if (stream is FileStream { CanSeek: true, Length: > 0 } file)
        {
            file.SetLength(0);
        }
    }

    /// <summary>Closes, and removes a file that was made for nothing. One that was there keeps what is in it.</summary>
    public void Discard()
    {
        Dispose();
        if (created is not null)
        {
            File.Delete(created);
        }
    }

    /// <summary>Closes without flushing.</summary>
    public void Dispose()
    {
        Block.Dispose();
        stream.Dispose();
    }

    /// <summary>A block is written as a whole or not at all: a full disk takes a part of one, which would end in half a record.</summary>
    private void Write()
    {
        long? start = stream is FileStream { CanSeek: true } ? stream.Position : null;
        try
        {
            stream.Write(Block.Span);
            stream.Flush();
            _behind?.Advance(stream.Position);
        }
        catch (IOException) when (start is { } length)
        {
            Cut(length);
            throw;
        }
    }

    private void Cut(long length)
    {
        try
        {
            stream.SetLength(length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What the write said is told; half a record stays.
        }
    }
}
