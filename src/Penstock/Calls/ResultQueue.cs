using System.Runtime.InteropServices;
using Penstock.Memory;

namespace Penstock.Calls;

/// <summary>One ended call as it waits to be read.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct ResultEntry
{
    public long Ordinal;
    public long Elapsed;
    public long AttemptElapsed;
    public CallTarget Target;

    /// <summary>Tag, arguments (of a fault) and content, in this order.</summary>
    public byte[] Page;

    public int Offset;
    public int ArgumentsLength;
    public int ContentLength;
    public ushort TagLength;
    public byte Attempts;

    /// <summary>The page holds this entry alone and goes home with it.</summary>
    public bool OwnsPage;

    public CallFault Fault;

    public readonly int Length => TagLength + ArgumentsLength + ContentLength;
}

/// <summary>
/// The results of one submission: a first-in first-out arena. Bytes are copied in once, into pages that belong to this queue; a page goes
/// home when a result from a later page is released. Not thread-safe: the submission's lock is held.
/// </summary>
internal sealed class ResultQueue(PagePool pages, BoundedPool<ResultEntry[]> chunks)
{
    /// <summary>Results in one chunk of the queue.</summary>
    public const int ChunkLength = 128;

    private readonly Queue<ResultEntry[]> _chunks = new();
    private int _headIndex;
    private ResultEntry[]? _tail;
    private int _tailCount;
    private byte[]? _fillPage;
    private int _fillOffset;
    private byte[]? _releasedPage;
    private int _taken;

    /// <summary>Results that wait to be taken.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the results that wait or have been taken and not released.</summary>
    public long Bytes { get; private set; }

    /// <summary>Opens an entry and room for its bytes.</summary>
    public ref ResultEntry Append(int length, out Span<byte> bytes)
    {
        if (_tail is null || _tailCount == ChunkLength)
        {
            _tail = chunks.Lease();
            _tailCount = 0;
            _chunks.Enqueue(_tail);
        }

        ref var entry = ref _tail[_tailCount++];
        entry = default;
        if (length > PagePool.PageSize)
        {
            entry.Page = pages.LeaseOversize(length);
            entry.OwnsPage = true;
        }
        else
        {
            if (_fillPage is null || _fillOffset + length > PagePool.PageSize)
            {
                _fillPage = pages.Lease();
                _fillOffset = 0;
            }

            entry.Page = _fillPage;
            entry.Offset = _fillOffset;
            _fillOffset += length;
        }

        bytes = entry.Page.AsSpan(entry.Offset, length);
        Count++;
        Bytes += length;
        return ref entry;
    }

    /// <summary>Takes results out, oldest first; their bytes live until they are released.</summary>
    /// <returns>How many.</returns>
    public int Take(Span<ResultEntry> taken)
    {
        var count = Math.Min(taken.Length, Count);
        for (var done = 0; done < count;)
        {
            var chunk = _chunks.Peek();
            var run = Math.Min(count - done, ChunkLength - _headIndex);
            chunk.AsSpan(_headIndex, run).CopyTo(taken[done..]);
            chunk.AsSpan(_headIndex, run).Clear();
            _headIndex += run;
            done += run;
            if (_headIndex == ChunkLength)
            {
                chunks.Return(_chunks.Dequeue());
                _headIndex = 0;
                if (ReferenceEquals(chunk, _tail))
                {
                    _tail = null;
                }
            }
        }

        Count -= count;
        _taken += count;
        return count;
    }

    /// <summary>Gives back the bytes of results that were taken, in the order they were taken.</summary>
    public void Release(ReadOnlySpan<ResultEntry> taken)
    {
        foreach (ref readonly var entry in taken)
        {
            Bytes -= entry.Length;
            if (entry.OwnsPage)
            {
                pages.Return(entry.Page);
                continue;
            }

            LeakGuard.Poison(entry.Page.AsSpan(entry.Offset, entry.Length));
            if (!ReferenceEquals(entry.Page, _releasedPage))
            {
                ReturnReleasedPage();
                _releasedPage = entry.Page;
            }
        }

        _taken -= taken.Length;
        if (Count == 0 && _taken == 0)
        {
            // Everything is read: the page is filled from its start again.
            _fillOffset = 0;
        }
    }

    /// <summary>Drops what waits and gives all memory back. Everything taken has been released.</summary>
    public void Clear()
    {
        var dropped = new ResultEntry[ChunkLength];
        while (Count > 0)
        {
            var count = Take(dropped);
            Release(dropped.AsSpan(0, count));
        }

        ReturnReleasedPage();
        if (_fillPage is not null)
        {
            pages.Return(_fillPage);
            _fillPage = null;
        }

        if (_chunks.TryDequeue(out var chunk))
        {
            chunks.Return(chunk);
            _tail = null;
            _headIndex = 0;
        }
    }

    private void ReturnReleasedPage()
    {
        // The page that is being filled is not done with: it goes home when a later one is reached, or with Clear.
        if (_releasedPage is not null && !ReferenceEquals(_releasedPage, _fillPage))
        {
            pages.Return(_releasedPage);
        }

        _releasedPage = null;
    }
}
