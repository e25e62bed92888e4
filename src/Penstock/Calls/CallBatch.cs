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

/// <summary>
/// The calls that pass a user stage together. Borrowed: it ends when the stage returns, an asynchronous one when its task completes. Whatever is
/// asked of it later throws <see cref="InvalidOperationException"/>, since its calls are others' by then.
/// </summary>
public sealed class CallBatch
{
    private readonly Func<string, CallTarget> _resolve;
    private volatile Slab? _slab;

    internal CallBatch(Slab slab, Func<string, CallTarget> resolve)
    {
        _slab = slab;
        _resolve = resolve;
    }

    /// <summary>How many calls there are; 1 to 256.</summary>
    public int Count => Slab.Count;

    private Slab Slab => _slab ?? throw new InvalidOperationException(
        "The batch is used after its stage has returned: its calls have gone on. A stage that goes on working must return a task that completes when it is done.");

    /// <summary>Whether the call was rejected already, by this stage or one before.</summary>
    public bool IsRejected(int index) => Slab.Outcomes[index].Ended;

    /// <summary>The call's place in its source.</summary>
    public long Ordinal(int index) => Slab.Slots[index].Ordinal;

    /// <summary>Server and tool, as <c>server/tool</c>.</summary>
    public string Tool(int index) => Slab.Slots[index].Target.QualifiedName;

    /// <summary>The call's arguments, one JSON object in UTF-8. They end with the batch, and with the next change of this call.</summary>
    public ReadOnlySpan<byte> Arguments(int index) => Slab.Slots[index].Arguments;

    /// <summary>The caller's own bytes. They end with the batch, and with the next change of this call.</summary>
    public ReadOnlySpan<byte> Tag(int index) => Slab.Slots[index].Tag;

    /// <summary>Ends the call as <c>invalid_params</c>, unsent. A call that was rejected before keeps its first message.</summary>
    public void Reject(int index, string message) =>
        Slab.End(index, CallFault.Local(FaultType.InvalidParams, Penstock.Executed.No), message);

    /// <summary>Replaces the call's arguments; copied. They are checked to be one JSON object when the stage returns.</summary>
    public void Rewrite(int index, ReadOnlySpan<byte> arguments)
    {
        ref var slot = ref Slab.Slots[index];
        slot.Restore(slot.Target, arguments);
        slot.IsValidated = false;
    }

    /// <summary>Sends the call to another tool, given as <c>server/tool</c>.</summary>
    public void Reroute(int index, string tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        ref var slot = ref Slab.Slots[index];
        slot.Restore(_resolve(tool), slot.Arguments);
    }

    /// <summary>The stage has returned.</summary>
    internal void Close() => _slab = null;
}
