using Penstock.Calls;
using Penstock.Protocol;

namespace Penstock.Connections;

/// <summary>What an answer means for its call. Pure.</summary>
internal static class ReplyRules
{
    /// <summary>The outcome, its range relative to <paramref name="line"/>.</summary>
    public static Outcome OutcomeOf(in JsonRpcMessage message, ReadOnlySpan<byte> line)
    {
        if (message.Kind == MessageKind.Error)
        {
            return JsonRpcReader.TryReadError(message.Error.Of(line), out var code, out _)
                ? Peer(FaultRules.FromErrorCode(code), message.Error)
                : Peer(CallFault.Peer(FaultType.Protocol, Executed.Maybe), message.Error);
        }

        var result = message.Result;
        if (line[result.Offset] != (byte)'{')
        {
            return Outcome.Local(CallFault.Local(FaultType.Protocol, Executed.Maybe), "the server's result is not a JSON object");
        }

        return message.ResultType switch
        {
            ResultType.Complete when message.IsError => Peer(FaultRules.FromToolError(result.Of(line)), result),
            ResultType.Complete => new Outcome { Ended = true, Offset = result.Offset, Length = result.Length },

            // Input that nobody here can give, a task that was not asked for, or a type we do not know.
            _ => Peer(CallFault.Peer(FaultType.Protocol, Executed.Maybe), result),
        };
    }

    private static Outcome Peer(CallFault fault, ByteRange range) => new() { Ended = true, Fault = fault, Offset = range.Offset, Length = range.Length };
}
