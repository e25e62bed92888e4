using System.Buffers.Binary;

namespace Penstock.Jobs.Rows;

/// <summary>
/// What a record needs to know of its row, as the bytes that travel with the call: row, timeout, then the raw <c>custom_id</c>, and the
/// input's columns if the output has them.
/// </summary>
internal readonly ref struct RowTag(ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes before the id.</summary>
    public const int HeadLength = 14;

    /// <summary>The longest id, in bytes of JSON.</summary>
    public const int MaxIdLength = ToolCall.MaxTagLength - HeadLength;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The row's number, from 0.</summary>
    public long Row => BinaryPrimitives.ReadInt64LittleEndian(_bytes);

    /// <summary>The row's own timeout in milliseconds; 0 = none.</summary>
    public int TimeoutMs => BinaryPrimitives.ReadInt32LittleEndian(_bytes[8..]);

    /// <summary>The id, a JSON string or number; empty = <c>row-N</c>.</summary>
    public ReadOnlySpan<byte> Id => _bytes.Slice(HeadLength, IdLength);

    /// <summary>What <see cref="RowColumns"/> made of the row; empty if the output has no columns.</summary>
    public ReadOnlySpan<byte> Columns => _bytes[(HeadLength + IdLength)..];

    private int IdLength => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[12..]);

    public static void WriteHead(Span<byte> into, long row, int timeoutMs, int idLength)
    {
        BinaryPrimitives.WriteInt64LittleEndian(into, row);
        BinaryPrimitives.WriteInt32LittleEndian(into[8..], timeoutMs);
        BinaryPrimitives.WriteUInt16LittleEndian(into[12..], (ushort)idLength);
    }
}
