using System.Text;
using System.Text.Json;
using Penstock.Calls;

namespace Penstock;

/// <summary>
/// A result stage: looks at calls that have ended, in place, before whoever reads their results does. Throwing turns every success of the batch into a
/// fault.
/// </summary>
/// <remarks>
/// Runs on a thread-pool thread, one batch at a time. It may block: results wait behind it, and when many do, no more calls are sent. It must
/// not call the pipeline that it is a stage of: that throws <see cref="InvalidOperationException"/>.
/// </remarks>
public delegate void ResultStageBody(ResultBatch batch);

/// <summary>A result stage that may wait. Throwing turns every success of the batch into a fault.</summary>
/// <remarks>
/// One batch at a time. It must not call the pipeline that it is a stage of: that throws <see cref="InvalidOperationException"/>.
/// </remarks>
public delegate ValueTask AsyncResultStageBody(ResultBatch batch, CancellationToken stop);

/// <summary>
/// Ended calls that pass a result stage together. Borrowed: it ends when the stage returns, an asynchronous one when its task completes. Whatever
/// is asked of it later throws <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class ResultBatch
{
    private volatile Slab? _slab;

    internal ResultBatch(Slab slab) => _slab = slab;

    /// <summary>How many calls there are; 1 to 256.</summary>
    public int Count => Slab.Count;

    private Slab Slab => _slab ?? throw new InvalidOperationException(
        "The batch is used after its stage has returned: its results have gone on. A stage that goes on working must return a task that completes when it is done.");

    /// <summary>The call's place in its source.</summary>
    public long Ordinal(int index) => Slab.Slots[index].Ordinal;

    /// <summary>Server and tool, as <c>server/tool</c>.</summary>
    public string Tool(int index) => Slab.Slots[index].Target.QualifiedName;

    /// <summary>Whether the tool ran and did not report an error, and no result stage has turned that into a fault.</summary>
    public bool IsSuccess(int index) => Slab.Outcomes[index].Fault.Type == FaultType.None;

    /// <summary>Why the call ended badly; the default value on success.</summary>
    public CallFault Fault(int index) => Slab.Outcomes[index].Fault;

    /// <summary>
    /// The server's own bytes, or the message of a fault found on our side in UTF-8, as <see cref="ToolResult.Content"/>. They end with the batch, and
    /// with the next change of a result.
    /// </summary>
    public ReadOnlySpan<byte> Content(int index)
    {
        var slab = Slab;
        ref readonly var outcome = ref slab.Outcomes[index];
        return outcome.Message is null ? slab.Contents!.Span.Slice(outcome.Offset, outcome.Length) : Encoding.UTF8.GetBytes(outcome.Message);
    }

    /// <summary>The text of the result's text blocks, one per line; of a fault, its message.</summary>
    public string GetText(int index) => ResultText.Read(Content(index), Slab.Outcomes[index].Message is null);

    /// <summary>The call's arguments, as they were last sent.</summary>
    public ReadOnlySpan<byte> Arguments(int index) => Slab.Slots[index].Arguments;

    /// <summary>The caller's own bytes.</summary>
    public ReadOnlySpan<byte> Tag(int index) => Slab.Slots[index].Tag;

    /// <summary>
    /// Turns a success into a fault: <c>tool_error</c>, executed, found on our side, with <paramref name="message"/> in place of the content. A call that
    /// ended badly keeps its fault.
    /// </summary>
    public void Reject(int index, string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Fail(ref Slab.Outcomes[index], FaultType.ToolError, message);
    }

    /// <summary>Puts one block of text in place of a success's content: <c>{"content":[{"type":"text","text":"…"}]}</c>.</summary>
    /// <exception cref="InvalidOperationException">The call ended badly: it has no result.</exception>
    public void RewriteText(int index, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var slab = Slab;
        ref var outcome = ref slab.Outcomes[index];
        if (outcome.Fault.Type != FaultType.None)
        {
            throw new InvalidOperationException("The call ended badly and has no result to rewrite; look at IsSuccess first.");
        }

        // Half a surrogate pair is no text: the encoder writes U+FFFD for it.
        byte[] content = [.. "{\"content\":[{\"type\":\"text\",\"text\":\""u8, .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, .. "\"}]}"u8];
        outcome.Offset = slab.Contents!.Append(content);
        outcome.Length = content.Length;
    }

    /// <summary>Turns every success into a fault.</summary>
    internal static void FailAll(Slab slab, FaultType type, string message)
    {
        foreach (ref var outcome in slab.Outcomes)
        {
            Fail(ref outcome, type, message);
        }
    }

    /// <summary>The stage has returned.</summary>
    internal void Close() => _slab = null;

    private static void Fail(ref Outcome outcome, FaultType type, string message)
    {
        if (outcome.Fault.Type == FaultType.None)
        {
            outcome = Outcome.Local(CallFault.Local(type, Penstock.Executed.Yes), message, outcome.AttemptElapsed);
        }
    }
}
