using Penstock.Calls;
using Penstock.Connections;
using Penstock.Memory;
using Xunit;

namespace Penstock.Tests.Calls;

/// <summary>A place for calls to go that refuses none.</summary>
internal sealed class FakeTarget(CellPool cells, string name = "s/t") : ToolEntry(name, "t", cells)
{
    public override Refusal? Refusal => null;

    public override int MaxArgumentsLength => int.MaxValue;
}

/// <summary>Notes what ends, and how often.</summary>
internal sealed class FakeSubmission(int weight = 1) : Submission
{
    private readonly Lock _gate = new();
    private readonly List<(long Ordinal, CallFault Fault)> _ended = [];
    private readonly SemaphoreSlim _endings = new(0);

    public bool Stalled { get; set; }

    public override bool IsStalled => Stalled;

    public override object QueueKey => this;

    public IReadOnlyList<(long Ordinal, CallFault Fault)> Ended
    {
        get
        {
            lock (_gate)
            {
                return [.. _ended];
            }
        }
    }

    public static FakeSubmission OfWeight(int weight) => new(weight) { Weight = weight };

    public override void Deliver(ReadOnlySpan<CallSlot> slots, ReadOnlySpan<Outcome> outcomes, ReadOnlySpan<byte> source)
    {
        lock (_gate)
        {
            for (var i = 0; i < slots.Length; i++)
            {
                _ended.Add((slots[i].Ordinal, outcomes[i].Fault));
            }
        }

        _endings.Release(slots.Length);
    }

    /// <summary>Waits until so many more calls have ended.</summary>
    public async Task WaitForEndsAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(await _endings.WaitAsync(TimeSpan.FromMinutes(1)), $"only {i} of {count} calls have ended");
        }
    }

    public override string ToString() => $"weight {weight}";
}

/// <summary>Keeps what comes back and notes that room was freed.</summary>
internal sealed class FakeOwner(BoundedPool<Slab> slabs) : IConnectionOwner
{
    private readonly Lock _gate = new();
    private readonly List<CallSlot> _unsent = [];
    private readonly SemaphoreSlim _freed = new(0);

    public IReadOnlyList<CallSlot> UnsentCalls
    {
        get
        {
            lock (_gate)
            {
                return [.. _unsent];
            }
        }
    }

    /// <summary>Waits for the next word that room was freed.</summary>
    public async Task WaitForRoomAsync() => Assert.True(await _freed.WaitAsync(TimeSpan.FromMinutes(1)), "no room was freed");

    public void RoomFreed() => _freed.Release();

    public void ToolsChanged()
    {
    }

    public void Unsent(Slab slab)
    {
        lock (_gate)
        {
            _unsent.AddRange(slab.Slots);
        }

        slab.Clear();
        slabs.Return(slab);
    }
}

/// <summary>A door with everything behind it, to see that what was lent comes home.</summary>
internal sealed class FakeHouse
{
    public FakeHouse(TimeProvider? clock = null)
    {
        Cells = new CellPool(Pages, new MemoryAccount(1 << 30));
        Target = new FakeTarget(Cells);
        Door = new Door(Slabs, clock ?? TimeProvider.System)
        {
            Ended = slab =>
            {
                slab.Clear();
                Slabs.Return(slab);
            },
        };
        Owner = new FakeOwner(Slabs);
    }

    public BoundedPool<Slab> Slabs { get; } = new(static () => new Slab(), 16);

    public PagePool Pages { get; } = new(16);

    public CellPool Cells { get; }

    public FakeTarget Target { get; }

    public Door Door { get; }

    public FakeOwner Owner { get; }

    /// <summary>Calls with the ordinals from 0 on.</summary>
    public CallSlot[] Calls(Submission submission, int count, int timeoutMs = 1000)
    {
        var slots = new CallSlot[count];
        for (var i = 0; i < count; i++)
        {
            slots[i] = new CallSlot
            {
                Submission = submission,
                Target = Target,
                Ordinal = i,
                Deadline = long.MaxValue,
                TimeoutMs = timeoutMs,
                IsValidated = true,
            };
            slots[i].Store(default, "{}"u8);
        }

        Door.Accept(count);
        return slots;
    }
}
