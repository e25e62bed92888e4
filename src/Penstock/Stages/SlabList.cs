using Penstock.Calls;
using Penstock.Memory;

namespace Penstock.Stages;

/// <summary>A queue of calls in pooled slabs. All but the last are full, so that a waiting call costs its slot and nothing more.</summary>
internal sealed class SlabList(BoundedPool<Slab> slabs)
{
    private readonly Queue<Slab> _slabs = new();
    private Slab? _last;
    private int _first;

    public int Count { get; private set; }

    public void Add(ReadOnlySpan<CallSlot> slots)
    {
        Count += slots.Length;
        while (!slots.IsEmpty)
        {
            if (_last is null || _last.IsFull)
            {
                _last = slabs.Lease();
                _slabs.Enqueue(_last);
            }

            slots = slots[_last.AddRange(slots)..];
        }
    }

    /// <summary>Moves calls, oldest first, until <paramref name="target"/> holds <paramref name="limit"/>.</summary>
    public void MoveTo(Slab target, int limit)
    {
        while (Count > 0 && target.Count < limit)
        {
            var head = _slabs.Peek();
            var moved = target.AddRange(head.Slots.Slice(_first, Math.Min(limit - target.Count, head.Count - _first)));
            _first += moved;
            Count -= moved;
            if (_first == head.Count)
            {
                _slabs.Dequeue();
                _first = 0;
                head.Clear();
                slabs.Return(head);
                if (ReferenceEquals(head, _last))
                {
                    _last = null;
                }
            }
        }
    }

    /// <summary>Takes out the calls that <paramref name="match"/> names until <paramref name="target"/> is full; the others keep their order.</summary>
    public void TakeMatching(Slab target, Func<CallSlot, bool> match)
    {
        var kept = new SlabList(slabs);
        var passing = slabs.Lease();
        while (Count > 0)
        {
            MoveTo(passing, Slab.Capacity);
            foreach (ref var slot in passing.Slots)
            {
                if (!target.IsFull && match(slot))
                {
                    target.Add(in slot);
                }
                else
                {
                    kept.Add(new ReadOnlySpan<CallSlot>(in slot));
                }
            }

            passing.Clear();
        }

        slabs.Return(passing);
        while (kept.Count > 0)
        {
            var slab = slabs.Lease();
            kept.MoveTo(slab, Slab.Capacity);
            Add(slab.Slots);
            slab.Clear();
            slabs.Return(slab);
        }
    }
}
