using Penstock.Calls;

namespace Penstock;

/// <summary>A user stage: looks at the calls of one batch, in place. Throwing faults every call of the batch that is still open.</summary>
/// <remarks>
/// Runs on a thread-pool thread, one batch at a time. It may block, but must not call the pipeline that it is a stage of: that throws
/// <see cref="InvalidOperationException"/>, for the call would wait for the stage.
/// </remarks>
public delegate void StageBody(CallBatch batch);

/// <summary>A user stage that may wait. Throwing faults every call of the batch that is still open.</summary>
/// <remarks>
/// One batch at a time. It must not call the pipeline that it is a stage of: that throws <see cref="InvalidOperationException"/>, for the call
/// would wait for the stage.
/// </remarks>
public delegate ValueTask AsyncStageBody(CallBatch batch, CancellationToken stop);

/// <summary>The calls that pass a user stage together. Borrowed: it ends with the stage's return.</summary>
public sealed class CallBatch
{
    private readonly Slab _slab;
    private readonly Func<string, CallTarget> _resolve;

    internal CallBatch(Slab slab, Func<string, CallTarget> resolve)
    {
        _slab = slab;
        _resolve = resolve;
    }

    /// <summary>How many calls there are; 1 to 256.</summary>
    public int Count => _slab.Count;

    /// <summary>Whether the call was rejected already, by this stage or one before.</summary>
    public bool IsRejected(int index) => _slab.Outcomes[index].Ended;

    /// <summary>The call's place in its source.</summary>
    public long Ordinal(int index) => _slab.Slots[index].Ordinal;

    /// <summary>Server and tool, as <c>server/tool</c>.</summary>
    public string Tool(int index) => _slab.Slots[index].Target.QualifiedName;

    /// <summary>The call's arguments, one JSON object in UTF-8.</summary>
    public ReadOnlySpan<byte> Arguments(int index) => _slab.Slots[index].Arguments;

    /// <summary>The caller's own bytes.</summary>
    public ReadOnlySpan<byte> Tag(int index) => _slab.Slots[index].Tag;

    /// <summary>Ends the call as <c>invalid_params</c>, unsent. A call that was rejected before keeps its first message.</summary>
    public void Reject(int index, string message) =>
        _slab.End(index, CallFault.Local(FaultType.InvalidParams, Penstock.Executed.No), message);

    /// <summary>Replaces the call's arguments; copied. They are checked to be one JSON object when the stage returns.</summary>
    public void Rewrite(int index, ReadOnlySpan<byte> arguments)
    {
        ref var slot = ref _slab.Slots[index];
        slot.Restore(slot.Target, arguments);
        slot.IsValidated = false;
    }

    /// <summary>Sends the call to another tool, given as <c>server/tool</c>.</summary>
    public void Reroute(int index, string tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        ref var slot = ref _slab.Slots[index];
        slot.Restore(_resolve(tool), slot.Arguments);
    }
}
