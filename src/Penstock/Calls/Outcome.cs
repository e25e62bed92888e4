namespace Penstock.Calls;

/// <summary>How the call of the slot beside it ended. <see cref="Ended"/> is false while the call is still on its way.</summary>
internal struct Outcome
{
    public bool Ended;
    public CallFault Fault;

    /// <summary>The server's result object, or its JSON-RPC error object, within the buffer that the slab is ended from.</summary>
    public int Offset;

    public int Length;

    /// <summary>Why, in words, for faults found on our side; null where the peer's own bytes say it.</summary>
    public string? Message;

    /// <summary>From intake to end, in timestamp units. Set by the door.</summary>
    public long Elapsed;

    /// <summary>From the last write to the end, in timestamp units; 0 if the call was never written.</summary>
    public long AttemptElapsed;

    public static Outcome Local(CallFault fault, string message, long attemptElapsed = 0) =>
        new() { Ended = true, Fault = fault, Message = message, AttemptElapsed = attemptElapsed };
}
