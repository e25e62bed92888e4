namespace Penstock.Calls;

/// <summary>
/// Up to <see cref="Capacity"/> calls travelling together: the only message between stages. A slab has one owner; posting it hands it over.
/// A call that ends inside the pipeline is marked in <see cref="Outcomes"/> and leaves through the <see cref="Door"/>.
/// </summary>
internal sealed class Slab
{
    public const int Capacity = 256;

    /// <summary>The completed task that carries this slab out of an asynchronous stage that did not have to wait.</summary>
    public readonly Task<Slab> Completed;

    private readonly CallSlot[] _slots = new CallSlot[Capacity];
    private readonly Outcome[] _outcomes = new Outcome[Capacity];

    public Slab() => Completed = Task.FromResult(this);

    public int Count { get; private set; }

    /// <summary>How many of the calls have ended.</summary>
    public int EndedCount { get; private set; }

    public bool IsFull => Count == Capacity;

    /// <summary>What the outcomes point into while result stages hold the slab; null otherwise.</summary>
    public ResultContents? Contents { get; set; }

    public Span<CallSlot> Slots => _slots.AsSpan(0, Count);

    public Span<Outcome> Outcomes => _outcomes.AsSpan(0, Count);

    public void Add(in CallSlot slot)
    {
        _slots[Count] = slot;
        _outcomes[Count] = default;
        Count++;
    }

    /// <summary>Adds as many of <paramref name="slots"/> as there is room for.</summary>
    /// <returns>How many.</returns>
    public int AddRange(ReadOnlySpan<CallSlot> slots)
    {
        var count = Math.Min(slots.Length, Capacity - Count);
        slots[..count].CopyTo(_slots.AsSpan(Count));
        _outcomes.AsSpan(Count, count).Clear();
        Count += count;
        return count;
    }

    /// <summary>Adds a call together with how it ended.</summary>
    public void AddEnded(in CallSlot slot, in Outcome outcome)
    {
        _slots[Count] = slot;
        _outcomes[Count] = outcome;
        _outcomes[Count].Ended = true;
        Count++;
        EndedCount++;
    }

    /// <summary>Marks a call as ended by a fault of our own finding. The first fault of a call stays.</summary>
    public void End(int index, CallFault fault, string message)
    {
        ref var outcome = ref Outcomes[index];
        if (outcome.Ended)
        {
            return;
        }

        outcome = Outcome.Local(fault, message);
        EndedCount++;
    }

    /// <summary>Moves the ended calls to <paramref name="ended"/> and closes the gaps.</summary>
    public void MoveEndedTo(Slab ended)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (_outcomes[i].Ended)
            {
                ended.AddEnded(in _slots[i], in _outcomes[i]);
                continue;
            }

            if (kept != i)
            {
                _slots[kept] = _slots[i];
                _outcomes[kept] = default;
            }

            kept++;
        }

        Array.Clear(_slots, kept, Count - kept);
        Array.Clear(_outcomes, kept, Count - kept);
        Count = kept;
        EndedCount = 0;
    }

    /// <summary>Empties the slab; the slots have moved elsewhere or their cells are home. References go, so that a pooled slab keeps nothing alive.</summary>
    public void Clear()
    {
        Array.Clear(_slots, 0, Count);
        Array.Clear(_outcomes, 0, Count);
        Count = 0;
        EndedCount = 0;
    }
}
