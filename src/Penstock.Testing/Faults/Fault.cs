using System.Globalization;

namespace Penstock.Testing;

/// <summary>One way in which a mock server misbehaves. Immutable; a <see cref="FaultScript"/> says when.</summary>
public sealed class Fault
{
    private readonly string _code;

    private Fault(FaultKind kind, string code)
    {
        Kind = kind;
        _code = $"{nameof(Fault)}.{code}";
    }

    /// <summary>The tool runs; then the connection ends without an answer. What was answered before is still delivered.</summary>
    public static Fault Disconnect { get; } = new(FaultKind.Disconnect, nameof(Disconnect));

    /// <summary>The connection ends before the call is read: its tool does not run.</summary>
    public static Fault DisconnectUnread { get; } = new(FaultKind.DisconnectUnread, nameof(DisconnectUnread));

    /// <summary>The tool runs; the connection ends in the middle of the answer's line.</summary>
    public static Fault HalfReply { get; } = new(FaultKind.HalfReply, nameof(HalfReply));

    /// <summary>The tool runs; a line that is not JSON takes the place of the answer.</summary>
    public static Fault Garbage { get; } = new(FaultKind.Garbage, nameof(Garbage));

    /// <summary>A line that is not JSON comes before the answer.</summary>
    public static Fault Banner { get; } = new(FaultKind.Banner, nameof(Banner));

    /// <summary>The answer comes twice.</summary>
    public static Fault Duplicate { get; } = new(FaultKind.Duplicate, nameof(Duplicate));

    /// <summary>An answer to a request that nobody made comes before the answer.</summary>
    public static Fault UnknownId { get; } = new(FaultKind.UnknownId, nameof(UnknownId));

    /// <summary>The tool runs; no answer ever comes.</summary>
    public static Fault NoReply { get; } = new(FaultKind.NoReply, nameof(NoReply));

    /// <summary>For connects: the connection cannot be made.</summary>
    public static Fault RefuseConnect { get; } = new(FaultKind.RefuseConnect, nameof(RefuseConnect));

    /// <summary>For connects: the server exits at the connection's first line, whatever it is.</summary>
    public static Fault DieInHandshake { get; } = new(FaultKind.DieInHandshake, nameof(DieInHandshake));

    /// <summary>
    /// For connects: the server exits if the connection's first line is anything but <c>initialize</c>, as some legacy servers do.
    /// </summary>
    public static Fault DieOnProbe { get; } = new(FaultKind.DieOnProbe, nameof(DieOnProbe));

    internal FaultKind Kind { get; }

    internal TimeSpan Time { get; private init; }

    internal int Number { get; private init; }

    internal string Text { get; private init; } = "";

    internal bool IsForConnects => Kind is FaultKind.RefuseConnect or FaultKind.DieInHandshake or FaultKind.DieOnProbe;

    /// <summary>The answer, or the connection, comes this much later. A call cancelled meanwhile is not answered.</summary>
    public static Fault Delay(TimeSpan time) => Timed(FaultKind.Delay, nameof(Delay), time);

    /// <summary>The answer comes this much later, even if the call is cancelled meanwhile.</summary>
    public static Fault Late(TimeSpan time) => Timed(FaultKind.Late, nameof(Late), time);

    /// <summary>The tool runs and is answered; then the server reads nothing for this long.</summary>
    public static Fault StallReading(TimeSpan time) => Timed(FaultKind.StallReading, nameof(StallReading), time);

    /// <summary>The tool runs; the server writes nothing for this long, but reads on.</summary>
    public static Fault StallWriting(TimeSpan time) => Timed(FaultKind.StallWriting, nameof(StallWriting), time);

    /// <summary>The tool does not run; the answer is a JSON-RPC error.</summary>
    public static Fault RpcError(int code, string message = "injected error") =>
        new(FaultKind.RpcError, $"{nameof(RpcError)}({Invariant(code)}, {Quote(message)})") { Number = code, Text = message };

    /// <summary>The tool runs and reports an error: <c>isError</c> with this text.</summary>
    public static Fault ToolError(string text = "injected failure") =>
        new(FaultKind.ToolError, $"{nameof(ToolError)}({Quote(text)})") { Text = text };

    /// <summary>The tool runs; the answer is well-formed and this many bytes longer than it should be.</summary>
    /// <param name="bytes">1 to 1 GiB.</param>
    public static Fault Oversize(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, 1 << 30);
        return new(FaultKind.Oversize, $"{nameof(Oversize)}({Invariant(bytes)})") { Number = bytes };
    }

    /// <summary>The tool runs; then the server exits with code 1 and these last words, without an answer.</summary>
    public static Fault Exit(string message = "injected exit") =>
        new(FaultKind.Exit, $"{nameof(Exit)}({Quote(message)})") { Text = message };

    /// <summary>The fault as it is written in C#.</summary>
    public override string ToString() => _code;

    private static Fault Timed(FaultKind kind, string name, TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromDays(1));
        return new(kind, $"{name}(TimeSpan.FromTicks({Invariant(time.Ticks)}))") { Time = time };
    }

    private static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Quote(string text)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return $"\"{escaped}\"";
    }
}

/// <summary>What a fault does; each is described at <see cref="Fault"/>.</summary>
internal enum FaultKind
{
    Disconnect,
    DisconnectUnread,
    HalfReply,
    Garbage,
    Banner,
    Duplicate,
    UnknownId,
    NoReply,
    RefuseConnect,
    DieInHandshake,
    DieOnProbe,
    Delay,
    Late,
    StallReading,
    StallWriting,
    RpcError,
    ToolError,
    Oversize,
    Exit,
}
