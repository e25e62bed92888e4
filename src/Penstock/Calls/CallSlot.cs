using Penstock.Memory;

namespace Penstock.Calls;

/// <summary>
/// One call on its way, moved by value from slab to slab and into a connection's pending table. It owns its <see cref="Cell"/> (the tag,
/// then the arguments): whoever holds the slot holds the cell.
/// </summary>
internal struct CallSlot
{
    public Submission Submission;
    public CallTarget Target;
    public Cell Cell;
    public long Ordinal;

    /// <summary>Timestamp of intake.</summary>
    public long Accepted;

    /// <summary>Timestamp after which the call ends whatever it waits for; <see cref="long.MaxValue"/> = none.</summary>
    public long Deadline;

    public int ArgumentsLength;

    /// <summary>Milliseconds from write to answer.</summary>
    public int TimeoutMs;

    public ushort TagLength;

    /// <summary>How often the call has been written.</summary>
    public byte Attempts;

    /// <summary>The attempt, counted from 1, that its submission was last told of before it was written; 0 = none.</summary>
    public byte ToldAttempt;

    /// <summary>The arguments are known to be one JSON object.</summary>
    public bool IsValidated;

    /// <summary>The arguments have been held against the tool's schema, or it has none. Not while the tool is not listed.</summary>
    public bool IsChecked;

    public readonly ReadOnlySpan<byte> Tag => Cell.Page.AsSpan(Cell.Offset, TagLength);

    public readonly ReadOnlySpan<byte> Arguments => Cell.Page.AsSpan(Cell.Offset + TagLength, ArgumentsLength);

    /// <summary>Copies tag and arguments into a cell of the target's pool.</summary>
    public void Store(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> arguments)
    {
        Cell = Target.Cells.Lease(tag.Length + arguments.Length);
        TagLength = (ushort)tag.Length;
        ArgumentsLength = arguments.Length;
        tag.CopyTo(Cell.Page.AsSpan(Cell.Offset));
        arguments.CopyTo(Cell.Page.AsSpan(Cell.Offset + tag.Length));
    }

    /// <summary>Moves the call's bytes, with new arguments perhaps, to a cell of <paramref name="target"/>, and gives the old cell back.</summary>
    public void Restore(CallTarget target, ReadOnlySpan<byte> arguments)
    {
        var oldTarget = Target;
        var oldCell = Cell;
        var tag = Tag;
        Target = target;
        IsChecked = false;
        Store(tag, arguments);
        oldTarget.Cells.Return(ref oldCell);
    }
}
