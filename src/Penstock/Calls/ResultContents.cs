using System.Buffers;
using System.Runtime.CompilerServices;

namespace Penstock.Calls;

/// <summary>Copies of the contents of one slab's results, so that these may outlive their read burst and wait for the user's stages.</summary>
internal sealed class ResultContents
{
    private byte[] _bytes = [];
    private int _length;

    /// <summary>What the results were counted with in their account, their places in the slab included.</summary>
    public long Reserved { get; private init; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Copies what <paramref name="outcomes"/> point at, and lets them point at the copies.</summary>
    public static ResultContents Take(Span<Outcome> outcomes, ReadOnlySpan<byte> source)
    {
        var total = 0;
        foreach (ref readonly var outcome in outcomes)
        {
            total += outcome.Message is null ? outcome.Length : 0;
        }

        var contents = new ResultContents { Reserved = total + ((long)outcomes.Length * Unsafe.SizeOf<ResultEntry>()) };
        contents.Grow(total);
        foreach (ref var outcome in outcomes)
        {
            if (outcome.Message is null)
            {
                outcome.Offset = contents.Append(source.Slice(outcome.Offset, outcome.Length));
            }
        }

        return contents;
    }

    /// <returns>Where the bytes lie now.</returns>
    public int Append(ReadOnlySpan<byte> bytes)
    {
        Grow(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
        return _length - bytes.Length;
    }

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        var bytes = _bytes;
        _bytes = [];
        _length = 0;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Grow(int more)
    {
        if (_bytes.Length - _length >= more)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + more, 2 * _length));
        Span.CopyTo(larger);
        var length = _length;
        Release();
        _bytes = larger;
        _length = length;
    }
}
