using System.Text;
using Penstock.Calls;
using Penstock.Protocol;

namespace Penstock.Connections;

/// <summary>What an answer means for its call. Pure.</summary>
internal static class ReplyRules
{
    /// <summary>How much of an answer that cannot be used is shown.</summary>
    private const int Shown = 200;

    /// <summary>The outcome, its range relative to <paramref name="line"/>.</summary>
    public static Outcome OutcomeOf(in JsonRpcMessage message, ReadOnlySpan<byte> line)
    {
        var range = message.Kind == MessageKind.Error ? message.Error : message.Result;
        var fault = FaultRules.FromReply(line, in message);
        return fault.Type != FaultType.None && fault.Origin == FaultOrigin.Local
            ? Outcome.Local(fault, Explain(in message, range.Of(line)))
            : new Outcome { Ended = true, Fault = fault, Offset = range.Offset, Length = range.Length };
    }

    private static string Explain(in JsonRpcMessage message, ReadOnlySpan<byte> content)
    {
        var cause = message.Kind == MessageKind.Error ? "is a malformed error" : message.ResultType switch
        {
            ResultType.InputRequired => "asks for input, which nobody here can give",
            ResultType.Task => "is a task, which was not asked for",
            _ => "cannot be used",
        };
        return $"the server's answer {cause}: {Encoding.UTF8.GetString(content[..Math.Min(content.Length, Shown)])}";
    }
}
