using Penstock.Calls;
using Penstock.Memory;

namespace Penstock.Tests.Connections;

/// <summary>Calls made by hand, for tests below the pipeline.</summary>
internal sealed class Slots
{
    private readonly HandMade _target;

    public Slots()
    {
        Pages = new PagePool(4);
        Cells = new CellPool(Pages, new MemoryAccount(1 << 30));
        _target = new HandMade(Cells);
    }

    public PagePool Pages { get; }

    public CellPool Cells { get; }

    public CallTarget Target => _target;

    /// <summary>A slot without bytes of its own.</summary>
    public CallSlot Make(Submission submission, long ordinal, int timeoutMs = 1000, long deadline = long.MaxValue) => new()
    {
        Submission = submission,
        Target = _target,
        Ordinal = ordinal,
        TimeoutMs = timeoutMs,
        Deadline = deadline,
    };

    /// <summary>A slot that holds a cell.</summary>
    public CallSlot MakeStored(Submission submission, long ordinal)
    {
        var slot = Make(submission, ordinal);
        slot.Store("tag"u8, "{}"u8);
        return slot;
    }

    private sealed class HandMade(CellPool cells) : CallTarget("s/t", cells)
    {
        public override Refusal? Refusal => null;

        public override int MaxArgumentsLength => int.MaxValue;
    }
}

/// <summary>A submission that remembers what it was told.</summary>
internal sealed class Recorder : Submission
{
    private bool _isStalled;

    public Recorder(int weight = 1) => Weight = weight;

    public List<(long Ordinal, CallFault Fault, string? Message)> Delivered { get; } = [];

    public override object QueueKey => this;

    public override bool IsStalled => _isStalled;

    public void Stall(bool isStalled) => _isStalled = isStalled;

    public override void Deliver(ReadOnlySpan<CallSlot> slots, ReadOnlySpan<Outcome> outcomes, ReadOnlySpan<byte> source)
    {
        lock (Delivered)
        {
            for (var i = 0; i < slots.Length; i++)
            {
                Delivered.Add((slots[i].Ordinal, outcomes[i].Fault, outcomes[i].Message));
            }
        }
    }
}
