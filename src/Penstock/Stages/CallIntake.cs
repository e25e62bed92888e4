using Penstock.Calls;

namespace Penstock.Stages;

/// <summary>The rule by which a call becomes a slot. Pure but for the lease of its cell.</summary>
internal static class CallIntake
{
    /// <param name="call">The call; its bytes are copied.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="submission">Whose it is.</param>
    /// <param name="ordinal">Its place in the source.</param>
    /// <param name="now">Timestamp of intake.</param>
    /// <param name="deadline">Timestamp after which it ends; <see cref="long.MaxValue"/> = none.</param>
    /// <param name="defaultTimeoutMs">Its timeout if it names none.</param>
    /// <param name="largest">The most bytes that one call may hold: the whole account.</param>
    /// <param name="refusal">Why it cannot be taken; null if it can.</param>
    public static CallSlot Accept(
        in ToolCall call,
        CallTarget target,
        Submission submission,
        long ordinal,
        long now,
        long deadline,
        int defaultTimeoutMs,
        long largest,
        out Outcome? refusal)
    {
        var slot = new CallSlot
        {
            Submission = submission,
            Target = target,
            Ordinal = ordinal,
            Accepted = now,
            Deadline = deadline,
            TimeoutMs = call.Timeout is { } timeout ? Milliseconds(timeout) : defaultTimeoutMs,
            IsValidated = call.IsValidated,
        };
        refusal = null;
        if (!IsValid(call.Timeout))
        {
            refusal = Refuse(FaultType.InvalidParams, $"the timeout is {call.Timeout}; {ToolCall.TimeoutRange}");
        }

        if (call.Tag.Length > ToolCall.MaxTagLength)
        {
            refusal = Refuse(FaultType.InvalidParams, $"the tag is {call.Tag.Length} bytes long; at most {ToolCall.MaxTagLength} fit");
            slot.Store(default, call.Arguments.Span);
        }
        else if (call.Tag.Length + (long)call.Arguments.Length > largest)
        {
            refusal = Refuse(FaultType.BudgetExhausted, $"the call is {call.Arguments.Length} bytes long; the budget for all requests is {largest}");
            slot.Store(call.Tag.Span, default);
        }
        else
        {
            slot.Store(call.Tag.Span, call.Arguments.Span);
        }

        return slot;
    }

    /// <summary>A slot for a call of which nothing can be taken; its target says why.</summary>
    public static CallSlot Refuse(CallTarget target, Submission submission, long ordinal, long now)
    {
        var slot = new CallSlot { Submission = submission, Target = target, Ordinal = ordinal, Accepted = now, Deadline = long.MaxValue };
        slot.Store(default, default);
        return slot;
    }

    /// <summary>Whole milliseconds, at least one; what is longer than 24 days is as good as none.</summary>
    public static int Milliseconds(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan ? int.MaxValue : (int)Math.Clamp(timeout.TotalMilliseconds, 1, int.MaxValue);

    public static bool IsValid(TimeSpan? timeout) => timeout is not { } time || time > TimeSpan.Zero || time == Timeout.InfiniteTimeSpan;

    private static Outcome Refuse(FaultType type, string message) => Outcome.Local(CallFault.Local(type, Executed.No), message);
}
