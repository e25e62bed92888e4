namespace Penstock.Testing;

/// <summary>In which order the members of an answer stand.</summary>
internal enum MemberOrder
{
    IdFirst,
    IdLast,
    VersionLast,
    IdBeforeVersion,
}

/// <summary>The JSON-RPC object around a result or an error. A line is begun, filled and ended with the same order.</summary>
internal static class Envelope
{
    public const int Orders = 4;

    public static void BeginResult(ReplyBuffer to, ReadOnlySpan<byte> id, MemberOrder order) => Begin(to, id, order, "\"result\":"u8);

    public static void End(ReplyBuffer to, ReadOnlySpan<byte> id, MemberOrder order)
    {
        switch (order)
        {
            case MemberOrder.IdLast:
                to.Write(",\"jsonrpc\":\"2.0\",\"id\":"u8);
                to.Write(id);
                break;
            case MemberOrder.VersionLast:
                to.Write(",\"id\":"u8);
                to.Write(id);
                to.Write(",\"jsonrpc\":\"2.0\""u8);
                break;
            case MemberOrder.IdBeforeVersion:
                to.Write(",\"jsonrpc\":\"2.0\""u8);
                break;
            default:
                break;
        }

        to.Write("}\n"u8);
    }

    /// <summary>A whole line with an error.</summary>
    /// <param name="to">Where it is written.</param>
    /// <param name="id">The request's id as it came; <c>null</c> if it could not be read.</param>
    /// <param name="order">The members' order.</param>
    /// <param name="code">The JSON-RPC error code.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="data">The error's <c>data</c>, JSON; empty = none.</param>
    public static void Error(ReplyBuffer to, ReadOnlySpan<byte> id, MemberOrder order, int code, string message, ReadOnlySpan<byte> data = default)
    {
        Begin(to, id, order, "\"error\":"u8);
        to.Write("{\"code\":"u8);
        to.WriteNumber(code);
        to.Write(",\"message\":"u8);
        to.WriteString(message);
        if (!data.IsEmpty)
        {
            to.Write(",\"data\":"u8);
            to.Write(data);
        }

        to.Write("}"u8);
        End(to, id, order);
    }

    private static void Begin(ReplyBuffer to, ReadOnlySpan<byte> id, MemberOrder order, ReadOnlySpan<byte> member)
    {
        switch (order)
        {
            case MemberOrder.IdFirst:
                to.Write("{\"jsonrpc\":\"2.0\",\"id\":"u8);
                to.Write(id);
                to.Write(","u8);
                break;
            case MemberOrder.IdBeforeVersion:
                to.Write("{\"id\":"u8);
                to.Write(id);
                to.Write(","u8);
                break;
            default:
                to.Write("{"u8);
                break;
        }

        to.Write(member);
    }
}
