namespace Penstock.Protocol;

/// <summary>A part of the bytes that were read, by place: it stays true when those bytes are copied elsewhere as a whole.</summary>
internal readonly record struct ByteRange(int Offset, int Length)
{
    public bool IsEmpty => Length == 0;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> bytes) => bytes.Slice(Offset, Length);
}
