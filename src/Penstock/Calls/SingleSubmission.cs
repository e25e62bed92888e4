using System.Text;
using System.Threading.Tasks.Sources;

namespace Penstock.Calls;

/// <summary>One single call, which waits for itself.</summary>
internal sealed class SingleSubmission(TimeProvider clock) : Submission, IValueTaskSource<OwnedResult>
{
    private static readonly object SharedKey = new();

    private ManualResetValueTaskSourceCore<OwnedResult> _ended = new() { RunContinuationsAsynchronously = true };

    /// <summary>The id under which its call was written last, so that a cancellation need not look for it. It may be another connection's.</summary>
    public long PendingId { get; set; }

    /// <summary>Single calls wait in one queue, as one submission of weight 1.</summary>
    public override object QueueKey => SharedKey;

    public ValueTask<OwnedResult> Task => new(this, _ended.Version);

    public override void Deliver(ReadOnlySpan<CallSlot> slots, ReadOnlySpan<Outcome> outcomes, ReadOnlySpan<byte> source)
    {
        ref readonly var slot = ref slots[0];
        ref readonly var outcome = ref outcomes[0];
        var content = outcome.Message is null
            ? source.Slice(outcome.Offset, outcome.Length).ToArray()
            : Encoding.UTF8.GetBytes(outcome.Message);
        _ended.SetResult(new OwnedResult(
            slot.Ordinal,
            slot.Target.QualifiedName,
            outcome.Fault,
            content,
            slot.Tag.ToArray(),
            outcome.Fault.Type == FaultType.None ? [] : slot.Arguments.ToArray(),
            slot.Attempts,
            clock.GetElapsedTime(0, outcome.Elapsed),
            clock.GetElapsedTime(0, outcome.AttemptElapsed)));
    }

    OwnedResult IValueTaskSource<OwnedResult>.GetResult(short token) => _ended.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<OwnedResult>.GetStatus(short token) => _ended.GetStatus(token);

    void IValueTaskSource<OwnedResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _ended.OnCompleted(continuation, state, token, flags);
}
