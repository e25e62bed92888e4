namespace Penstock;

/// <summary>A user stage: looks at the calls of one batch, in place. Throwing faults every call of the batch that is still open.</summary>
public delegate void StageBody(CallBatch batch);

/// <summary>A user stage that may wait. Throwing faults every call of the batch that is still open.</summary>
public delegate ValueTask AsyncStageBody(CallBatch batch, CancellationToken stop);

/// <summary>The calls that pass a user stage together. Borrowed: it ends with the stage's return.</summary>
public sealed class CallBatch
{
    internal CallBatch()
    {
    }

    /// <summary>How many calls there are; 1 to 256.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>Whether the call was rejected already, by this stage or one before.</summary>
    public bool IsRejected(int index) => throw new NotImplementedException();

    /// <summary>The call's place in its source.</summary>
    public long Ordinal(int index) => throw new NotImplementedException();

    /// <summary>Server and tool, as <c>server/tool</c>.</summary>
    public string Tool(int index) => throw new NotImplementedException();

    /// <summary>The call's arguments, one JSON object in UTF-8.</summary>
    public ReadOnlySpan<byte> Arguments(int index) => throw new NotImplementedException();

    /// <summary>The caller's own bytes.</summary>
    public ReadOnlySpan<byte> Tag(int index) => throw new NotImplementedException();

    /// <summary>Ends the call as <c>invalid_params</c>, unsent.</summary>
    public void Reject(int index, string message) => throw new NotImplementedException();

    /// <summary>Replaces the call's arguments; copied. They are checked to be one JSON object when the stage returns.</summary>
    public void Rewrite(int index, ReadOnlySpan<byte> arguments) => throw new NotImplementedException();

    /// <summary>Sends the call to another tool, given as <c>server/tool</c>.</summary>
    public void Reroute(int index, string tool) => throw new NotImplementedException();
}
