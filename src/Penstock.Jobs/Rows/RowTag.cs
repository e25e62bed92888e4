using System.Buffers.Binary;

namespace Penstock.Jobs.Rows;

/// <summary>What a record needs to know of its row, as the bytes that travel with the call: row, timeout, then the raw <c>custom_id</c>.</summary>
internal readonly ref struct RowTag(ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes before the id.</summary>
    public const int HeadLength = 12;

    /// <summary>The longest id, in bytes of JSON.</summary>
    public const int MaxIdLength = ToolCall.MaxTagLength - HeadLength;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The row's number, from 0.</summary>
    public long Row => BinaryPrimitives.ReadInt64LittleEndian(_bytes);

    /// <summary>The row's own timeout in milliseconds; 0 = none.</summary>
    public int TimeoutMs => BinaryPrimitives.ReadInt32LittleEndian(_bytes[8..]);

    /// <summary>The id, a JSON string or number; empty = <c>row-N</c>.</summary>
    public ReadOnlySpan<byte> Id => _bytes[HeadLength..];

    public static void WriteHead(Span<byte> into, long row, int timeoutMs)
    {
        BinaryPrimitives.WriteInt64LittleEndian(into, row);
        BinaryPrimitives.WriteInt32LittleEndian(into[8..], timeoutMs);
    }
}
