using System.Buffers;
using System.Runtime.CompilerServices;
using Penstock.Memory;

namespace Penstock.Calls;

/// <summary>Copies of the contents of one slab's results, so that these may outlive their read burst and wait for the user's stages.</summary>
/// <param name="account">What their bytes are counted in.</param>
internal sealed class ResultContents(MemoryAccount account)
{
    private byte[] _bytes = [];
    private int _length;
    private long _added;

    /// <summary>What the results were counted with as they came, their places in the slab included.</summary>
    public long Reserved { get; private init; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Copies what <paramref name="outcomes"/> point at, and lets them point at the copies.</summary>
    public static ResultContents Take(Span<Outcome> outcomes, ReadOnlySpan<byte> source, MemoryAccount account)
    {
        var total = 0;
        foreach (ref readonly var outcome in outcomes)
        {
            total += outcome.Message is null ? outcome.Length : 0;
        }

        var contents = new ResultContents(account) { Reserved = total + ((long)outcomes.Length * Unsafe.SizeOf<ResultEntry>()) };
        account.Add(contents.Reserved);
        contents.Grow(total);
        foreach (ref var outcome in outcomes)
        {
            if (outcome.Message is null)
            {
                outcome.Offset = contents.Copy(source.Slice(outcome.Offset, outcome.Length));
            }
        }

        return contents;
    }

    /// <summary>Adds what a stage puts in a result's place.</summary>
    /// <returns>Where the bytes lie now.</returns>
    public int Append(ReadOnlySpan<byte> bytes)
    {
        account.Add(bytes.Length);
        _added += bytes.Length;
        return Copy(bytes);
    }

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        Return();
        account.Release(Reserved + _added);
    }

    private int Copy(ReadOnlySpan<byte> bytes)
    {
        Grow(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
        return _length - bytes.Length;
    }

    private void Return()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
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
        Return();
        _bytes = larger;
    }
}
