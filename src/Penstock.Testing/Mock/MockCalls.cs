using System.Text;
using System.Text.Json;

namespace Penstock.Testing;

/// <summary>
/// Runs the tool calls of one session, on the thread of its read loop: looks the tool up, lets it write its answer behind the burst's
/// other answers, applies the fault that meets the call, and takes the answer back out if it is to wait.
/// </summary>
internal sealed class MockCalls(MockServer server, MockSession session, PendingReplies pending)
{
    private const int InvalidParams = -32602;

    private static readonly Fault WrongKind =
        Fault.ToolError("Input validation error: kind must be tool_error, rpc, garbage, exit or hang");

    private readonly MockServerOptions _options = server.Options;
    private readonly FaultScript? _script = server.Options.Faults;
    private MockTool? _lastTool;

    public void Run(in RequestLine request, bool isModern, ReplyBuffer burst)
    {
        try
        {
            TakeUp(request, isModern, burst);
        }
        finally
        {
            // Last, so that who waited for the call may turn the clock on and find its sleep there.
            server.CountCall();
        }
    }

    private void TakeUp(in RequestLine request, bool isModern, ReplyBuffer burst)
    {
        var number = server.NextCallNumber();
        var call = new CallFrame(number, isModern, server.OrderOf(number), _script?.ForCall(number) ?? FailByRate(number));
        if (call.Fault?.Kind == FaultKind.DisconnectUnread)
        {
            session.End(new StreamEnd(false, "disconnected by script"));
            return;
        }

        if (call.Fault?.Kind == FaultKind.RpcError)
        {
            Envelope.Error(burst, request.Id, call.Order, call.Fault.Number, call.Fault.Text);
            return;
        }

        var arguments = request.Arguments.IsEmpty ? "{}"u8 : request.Arguments;
        if (FindTool(request.ToolName) is not { } tool)
        {
            Envelope.Error(burst, request.Id, call.Order, InvalidParams, $"Unknown tool: {Encoding.UTF8.GetString(request.ToolName)}");
            return;
        }

        if (arguments[0] != '{')
        {
            Envelope.Error(burst, request.Id, call.Order, InvalidParams, "arguments must be an object");
            return;
        }

        server.CountExecution(tool, arguments);
        Execute(tool, call, request.Id, arguments, burst);
    }

    private static void WriteOwn(MockToolResult result, in CallFrame call, ReadOnlySpan<byte> id, ReplyBuffer to)
    {
        if (result.Kind == MockToolResultKind.RpcError)
        {
            Envelope.Error(to, id, call.Order, result.Code, result.Words);
            return;
        }

        Envelope.BeginResult(to, id, call.Order);
        switch (result.Kind)
        {
            case MockToolResultKind.Structured:
                call.Start.WriteStructured(to, result.Json.Span, result.Json.Span);
                break;
            case MockToolResultKind.Raw:
                call.Start.WriteRaw(to, result.Json.Span);
                break;
            default:
                call.Start.WriteText(to, result.Words, result.Kind == MockToolResultKind.Error);
                break;
        }

        Envelope.End(to, id, call.Order);
    }

    private static void WriteToolError(string text, in CallFrame call, ReadOnlySpan<byte> id, ReplyBuffer to)
    {
        Envelope.BeginResult(to, id, call.Order);
        call.Start.WriteText(to, text, isError: true);
        Envelope.End(to, id, call.Order);
    }

    private static JsonElement Parse(ReadOnlySpan<byte> arguments)
    {
        var reader = new Utf8JsonReader(arguments);
        return JsonElement.ParseValue(ref reader);
    }

    private void Execute(MockTool tool, CallFrame call, ReadOnlySpan<byte> id, ReadOnlySpan<byte> arguments, ReplyBuffer burst)
    {
        WriteBefore(call, burst);
        if (tool.Kind == MockToolKind.OwnAsync)
        {
            _ = RunAsync(tool, call, pending.Add(id, default, isPooled: false), id.ToArray(), arguments.ToArray());
            return;
        }

        if (tool.Kind == MockToolKind.Fail)
        {
            call = call.With(call.Fault ?? ReadyMadeTools.Fail(arguments) ?? WrongKind);
        }

        var start = burst.Length;
        var wait = Write(tool, call, id, arguments, burst);
        ApplyAfter(call, burst, start);
        if (burst.Length > start)
        {
            Send(tool, call, id, arguments, burst, start, wait + WaitOf(call));
        }
    }

    private static TimeSpan Write(MockTool tool, in CallFrame call, ReadOnlySpan<byte> id, ReadOnlySpan<byte> arguments, ReplyBuffer burst)
    {
        // A fault of a script was dealt with before the tool ran; this one is the tool's own wish.
        if (call.Fault?.Kind == FaultKind.RpcError)
        {
            Envelope.Error(burst, id, call.Order, call.Fault.Number, call.Fault.Text);
            return TimeSpan.Zero;
        }

        if (call.Fault?.Kind == FaultKind.ToolError)
        {
            WriteToolError(call.Fault.Text, call, id, burst);
            return TimeSpan.Zero;
        }

        if (tool.Kind == MockToolKind.Own)
        {
            WriteOwn(RunBody(tool, arguments), call, id, burst);
            return TimeSpan.Zero;
        }

        var wait = TimeSpan.Zero;
        Envelope.BeginResult(burst, id, call.Order);
        switch (tool.Kind)
        {
            case MockToolKind.Add:
                ReadyMadeTools.Add(arguments, burst, call.Start);
                break;
            case MockToolKind.Sleep:
                wait = ReadyMadeTools.Sleep(arguments, burst, call.Start);
                break;
            default:
                ReadyMadeTools.Echo(arguments, burst, call.Start);
                break;
        }

        Envelope.End(burst, id, call.Order);
        return wait;
    }

    private static MockToolResult RunBody(MockTool tool, ReadOnlySpan<byte> arguments)
    {
        try
        {
            return tool.Body!(Parse(arguments));
        }
        catch (Exception e)
        {
            return MockToolResult.Error(e.Message);
        }
    }

    // The only asynchronous part: a tool of the user's that waits. Ends on whatever thread the tool ends on.
    private async Task RunAsync(MockTool tool, CallFrame call, PendingReply reply, byte[] id, byte[] arguments)
    {
        var abort = new CancellationTokenSource();
        reply.Abort = abort;
        MockToolResult result;
        try
        {
            result = await tool.AsyncBody!(Parse(arguments), abort.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            result = MockToolResult.Error(e.Message);
        }

        if (call.Fault?.Kind == FaultKind.ToolError)
        {
            result = MockToolResult.Error(call.Fault.Text);
        }

        reply.IgnoresCancel = call.Fault?.Kind == FaultKind.Late;
        WriteOwn(result, call, id, reply.Line);
        ApplyAfter(call, reply.Line, 0);
        Send(tool, arguments, reply, WaitOf(call));
    }

    private static void WriteBefore(in CallFrame call, ReplyBuffer burst)
    {
        if (call.Fault?.Kind == FaultKind.Banner)
        {
            burst.Write("this line is not JSON\n"u8);
        }
        else if (call.Fault?.Kind == FaultKind.UnknownId)
        {
            MockProtocol.Result("\"nobody-asked\""u8, burst, call.Order, "{\"content\":[]}"u8);
        }
    }

    private void ApplyAfter(in CallFrame call, ReplyBuffer line, int start)
    {
        switch (call.Fault?.Kind)
        {
            case FaultKind.Disconnect:
                line.Truncate(start);
                session.End(new StreamEnd(false, "disconnected by script"));
                break;
            case FaultKind.Exit:
                line.Truncate(start);
                session.End(new StreamEnd(true, $"exited with code 1: {call.Fault.Text}"));
                break;
            case FaultKind.HalfReply:
                line.Truncate(start + ((line.Length - start) / 2));
                session.End(new StreamEnd(false, "disconnected by script"));
                break;
            case FaultKind.Garbage:
                line.Truncate(start);
                line.Write("{\"jsonrpc\":\"2.0\",\"id\":garbage\n"u8);
                break;
            case FaultKind.Duplicate:
                line.Write(line.Written[start..]);
                break;
            case FaultKind.NoReply:
                line.Truncate(start);
                break;
            case FaultKind.StallReading:
                session.StallReading(call.Fault.Time);
                break;
            case FaultKind.StallWriting:
                session.StallWriting(call.Fault.Time);
                break;
            default:
                break;
        }
    }

    private TimeSpan WaitOf(in CallFrame call)
    {
        // The rest of a line and what ends a connection go out at once, or would not go out at all.
        if (call.Fault?.Kind == FaultKind.HalfReply)
        {
            return TimeSpan.Zero;
        }

        var wait = call.Fault?.Kind is FaultKind.Delay or FaultKind.Late ? _options.Latency + call.Fault.Time : _options.Latency;
        return _options.LatencyJitter == TimeSpan.Zero
            ? wait
            : wait + (_options.LatencyJitter * SeededChance.Fraction(_options.Seed, call.Number, MockServer.PurposeOfJitter));
    }

    private void Send(
        MockTool tool, in CallFrame call, ReadOnlySpan<byte> id, ReadOnlySpan<byte> arguments, ReplyBuffer burst, int start, TimeSpan wait)
    {
        var isHeld = server.Held.IsHolding && call.Fault?.Kind != FaultKind.HalfReply;
        if (wait == TimeSpan.Zero && !isHeld)
        {
            return;
        }

        var reply = pending.Add(id, burst.Written[start..], isPooled: !isHeld);
        reply.IgnoresCancel = call.Fault?.Kind == FaultKind.Late;
        burst.Truncate(start);
        Send(tool, arguments, reply, wait);
    }

    private void Send(MockTool tool, ReadOnlySpan<byte> arguments, PendingReply reply, TimeSpan wait)
    {
        if (!reply.IsPooled && server.Held.TryHold(tool, arguments, reply))
        {
            return;
        }

        if (wait > TimeSpan.Zero)
        {
            server.Wheel.Add(reply, wait);
            return;
        }

        session.Deliver(reply);
        session.Publish();
    }

    private Fault? FailByRate(long number) =>
        _options.FailureRate > 0 && SeededChance.Fraction(_options.Seed, number, MockServer.PurposeOfFailure) < _options.FailureRate
            ? Fault.ToolError()
            : null;

    private MockTool? FindTool(ReadOnlySpan<byte> name)
    {
        if (_lastTool is { } last && name.SequenceEqual(last.Utf8Name))
        {
            return last;
        }

        foreach (var tool in server.Tools)
        {
            if (name.SequenceEqual(tool.Utf8Name))
            {
                _lastTool = tool;
                return tool;
            }
        }

        return null;
    }

    /// <summary>What is decided about a call before its tool runs.</summary>
    private readonly record struct CallFrame(long Number, bool IsModern, MemberOrder Order, Fault? Fault)
    {
        public ResultStart Start => new(IsModern, Fault?.Kind == FaultKind.Oversize ? Fault.Number : 0);

        public CallFrame With(Fault fault) => this with { Fault = fault };
    }
}
