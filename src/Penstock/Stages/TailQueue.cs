using Penstock.Calls;
using Penstock.Memory;

namespace Penstock.Stages;

/// <summary>Calls that wait for one server: first those that come back, then by submission, served in turns by weight. The tail's lock is held.</summary>
internal sealed class TailQueue(BoundedPool<Slab> slabs)
{
    /// <summary>Calls that one turn of weight 1 takes (deficit round robin, Shreedhar and Varghese 1995, with calls of equal cost).</summary>
    private const int Quantum = 8;

    private readonly SlabList _returned = new(slabs);
    private readonly List<Share> _shares = [];
    private int _turn;

    /// <summary>What the share whose turn it is may still take: a turn goes on in the next slab where the window cut it short.</summary>
    private int _turnLeft;

    /// <summary>Calls that wait.</summary>
    public int Count { get; private set; }

    public void Add(ReadOnlySpan<CallSlot> slots)
    {
        ShareOf(slots[0].Submission).Calls.Add(slots);
        Count += slots.Length;
    }

    /// <summary>Calls that were never sent go before all others.</summary>
    public void AddReturned(ReadOnlySpan<CallSlot> slots)
    {
        _returned.Add(slots);
        Count += slots.Length;
    }

    /// <summary>Calls that wait under a key.</summary>
    public int CountOf(object key)
    {
        foreach (var share in _shares)
        {
            if (ReferenceEquals(share.Key, key))
            {
                return share.Calls.Count;
            }
        }

        return 0;
    }

    /// <summary>Moves up to <paramref name="limit"/> calls into an empty slab. Fewer, or none, if submissions do not read their results.</summary>
    /// <param name="slab">Takes the calls.</param>
    /// <param name="limit">How many.</param>
    /// <param name="admission">Whose calls.</param>
    public void Take(Slab slab, int limit, Admission admission = Admission.Reading)
    {
        _returned.MoveTo(slab, limit);
        var idle = 0;
        while (slab.Count < limit && idle < _shares.Count)
        {
            _turn = _turn < _shares.Count ? _turn : 0;
            var share = _shares[_turn];
            if (share.Calls.Count == 0)
            {
                _shares.RemoveAt(_turn);
                _turnLeft = 0;
                continue;
            }

            var before = slab.Count;
            if (Admits(admission, share.Submission))
            {
                _turnLeft = _turnLeft > 0 ? _turnLeft : share.Weight * Quantum;

                // Alone, a submission takes all there is.
                share.Calls.MoveTo(slab, _shares.Count == 1 ? limit : Math.Min(limit, before + _turnLeft));
                _turnLeft = Math.Max(0, _turnLeft - (slab.Count - before));
            }
            else
            {
                _turnLeft = 0;
            }

            idle = slab.Count == before ? idle + 1 : 0;
            if (_turnLeft == 0)
            {
                _turn++;
            }
        }

        Count -= slab.Count;
    }

    /// <summary>Takes out the calls that <paramref name="match"/> names, up to a slab full.</summary>
    public void TakeMatching(Slab slab, Func<CallSlot, bool> match)
    {
        _returned.TakeMatching(slab, match);
        foreach (var share in _shares)
        {
            share.Calls.TakeMatching(slab, match);
        }

        Count -= slab.Count;
    }

    private static bool Admits(Admission admission, Submission submission) => admission switch
    {
        Admission.All => true,
        Admission.Reading => !submission.IsStalled,
        _ => !submission.IsStalled && !submission.StallIfBehind(),
    };

    private Share ShareOf(Submission submission)
    {
        var key = submission.QueueKey;
        foreach (var share in _shares)
        {
            if (ReferenceEquals(share.Key, key))
            {
                return share;
            }
        }

        var added = new Share(key, submission, new SlabList(slabs));
        _shares.Add(added);
        return added;
    }

    /// <summary>The calls of one submission, or of all single calls.</summary>
    private sealed record Share(object Key, Submission Submission, SlabList Calls)
    {
        public int Weight => Submission.Weight;
    }
}

/// <summary>Whose calls a tail lets go.</summary>
internal enum Admission
{
    /// <summary>Those of submissions whose results are read.</summary>
    Reading,

    /// <summary>The account of results is full: only those of submissions that have read nearly all of theirs.</summary>
    UpToDate,

    /// <summary>The server is gone: every call ends now, whether its result is read or not.</summary>
    All,
}
