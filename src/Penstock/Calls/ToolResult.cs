namespace Penstock;

/// <summary>
/// How one call ended. It is borrowed: its bytes end with the next iteration, which is why it cannot be stored (copy what you keep, or use
/// <see cref="OwnedResult"/>).
/// </summary>
public readonly ref struct ToolResult
{
    internal ToolResult(
        long ordinal,
        string tool,
        CallFault fault,
        ReadOnlyMemory<byte> content,
        ReadOnlyMemory<byte> tag,
        ReadOnlyMemory<byte> arguments,
        int attempts,
        TimeSpan elapsed,
        TimeSpan attemptElapsed)
    {
        Ordinal = ordinal;
        Tool = tool;
        Fault = fault;
        Content = content;
        Tag = tag;
        Arguments = arguments;
        Attempts = attempts;
        Elapsed = elapsed;
        AttemptElapsed = attemptElapsed;
    }

    /// <summary>The call's place in its source, from 0.</summary>
    public long Ordinal { get; }

    /// <summary>Server and tool, as <c>server/tool</c>; after a reroute, where the call really went.</summary>
    public string Tool { get; }

    /// <summary>Whether the tool ran and did not report an error.</summary>
    public bool IsSuccess => Fault.Type == FaultType.None;

    /// <summary>Why the call ended badly; the default value on success.</summary>
    public CallFault Fault { get; }

    /// <summary>
    /// The server's own bytes: the JSON-RPC <c>result</c> object, or the <c>error</c> object if the server answered with one. For a fault
    /// found on our side, the message in UTF-8 (see <see cref="IsContentJson"/>).
    /// </summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>Whether <see cref="Content"/> is JSON that the server sent, and not a message of ours.</summary>
    public bool IsContentJson => Fault.Type == FaultType.None || Fault.Origin == FaultOrigin.Peer;

    /// <summary>The caller's own bytes of <see cref="ToolCall.Tag"/>.</summary>
    public ReadOnlyMemory<byte> Tag { get; }

    /// <summary>The arguments of a call that ended badly, as they were last sent, so that it can be recorded; empty on success.</summary>
    public ReadOnlyMemory<byte> Arguments { get; }

    /// <summary>How often the call was written to a server.</summary>
    public int Attempts { get; }

    /// <summary>From intake to end: waits, gates and all attempts included.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>From the last write to the end: what the server and the wire took. Zero if the call was never written.</summary>
    public TimeSpan AttemptElapsed { get; }

    /// <summary>The text of the result's text blocks, one per line; of a fault, its message.</summary>
    public string GetText() => ResultText.Read(Content.Span, IsContentJson);

    /// <summary>A copy that may be kept.</summary>
    public OwnedResult ToOwned() =>
        new(Ordinal, Tool, Fault, Content.ToArray(), Tag.ToArray(), Arguments.ToArray(), Attempts, Elapsed, AttemptElapsed);
}

/// <summary>How one call ended, with bytes of its own.</summary>
public sealed class OwnedResult
{
    internal OwnedResult(
        long ordinal,
        string tool,
        CallFault fault,
        byte[] content,
        byte[] tag,
        byte[] arguments,
        int attempts,
        TimeSpan elapsed,
        TimeSpan attemptElapsed)
    {
        Ordinal = ordinal;
        Tool = tool;
        Fault = fault;
        Content = content;
        Tag = tag;
        Arguments = arguments;
        Attempts = attempts;
        Elapsed = elapsed;
        AttemptElapsed = attemptElapsed;
    }

    /// <inheritdoc cref="ToolResult.Ordinal"/>
    public long Ordinal { get; }

    /// <inheritdoc cref="ToolResult.Tool"/>
    public string Tool { get; }

    /// <inheritdoc cref="ToolResult.IsSuccess"/>
    public bool IsSuccess => Fault.Type == FaultType.None;

    /// <inheritdoc cref="ToolResult.Fault"/>
    public CallFault Fault { get; }

    /// <inheritdoc cref="ToolResult.Content"/>
    public ReadOnlyMemory<byte> Content { get; }

    /// <inheritdoc cref="ToolResult.IsContentJson"/>
    public bool IsContentJson => Fault.Type == FaultType.None || Fault.Origin == FaultOrigin.Peer;

    /// <inheritdoc cref="ToolResult.Tag"/>
    public ReadOnlyMemory<byte> Tag { get; }

    /// <inheritdoc cref="ToolResult.Arguments"/>
    public ReadOnlyMemory<byte> Arguments { get; }

    /// <inheritdoc cref="ToolResult.Attempts"/>
    public int Attempts { get; }

    /// <inheritdoc cref="ToolResult.Elapsed"/>
    public TimeSpan Elapsed { get; }

    /// <inheritdoc cref="ToolResult.AttemptElapsed"/>
    public TimeSpan AttemptElapsed { get; }

    /// <inheritdoc cref="ToolResult.GetText"/>
    public string GetText() => ResultText.Read(Content.Span, IsContentJson);
}
