using System.Text.Unicode;

namespace Penstock.Protocol;

/// <summary>What an answer means for its call. One table of pure functions; nothing here allocates.</summary>
internal static class FaultRules
{
    // Enough for "MCP error -32602:" and for "Input validation error", the longest text that is looked for.
    private const int PrefixLength = 24;

    /// <summary>
    /// The reply came and cannot be used: a result of a kind that was not asked for, or bytes that must not go into a record. What the
    /// tool did is unknown. Said by us, so that the content is a message of ours.
    /// </summary>
    public static CallFault UnusableReply => CallFault.Local(FaultType.Protocol, Executed.Maybe);

    /// <summary>Judges a reply to a tool call; the default value is success.</summary>
    /// <param name="line">The line that <paramref name="reply"/> was read from.</param>
    /// <param name="reply">A result or an error.</param>
    public static CallFault FromReply(ReadOnlySpan<byte> line, in JsonRpcMessage reply)
    {
        var content = (reply.Kind == MessageKind.Result ? reply.Result : reply.Error).Of(line);

        // The reader proved the JSON but not the text in it, and records are UTF-8 files.
        if (!Utf8.IsValid(content))
        {
            return UnusableReply;
        }

        if (reply.Kind == MessageKind.Error)
        {
            return JsonRpcReader.TryReadError(content, out var code, out _) ? FromErrorCode(code) : UnusableReply;
        }

        if (reply.ResultType != ResultType.Complete)
        {
            return UnusableReply;
        }

        return reply.IsError ? FromToolError(content) : default;
    }

    /// <summary>What a JSON-RPC error says. Any transport's own status, if it has one, goes before this.</summary>
    public static CallFault FromErrorCode(long code) => code switch
    {
        ErrorCodes.InvalidParams => CallFault.Peer(FaultType.InvalidParams, Executed.No),
        ErrorCodes.Internal => CallFault.Peer(FaultType.Unavailable, Executed.Maybe, retryable: true),
        ErrorCodes.Cancelled => CallFault.Peer(FaultType.Timeout, Executed.Maybe),
        ErrorCodes.Parse or ErrorCodes.InvalidRequest or ErrorCodes.MethodNotFound or ErrorCodes.HeaderMismatch
            or ErrorCodes.MissingClientCapability or ErrorCodes.UnsupportedVersion or ErrorCodes.UrlElicitationRequired
            or ErrorCodes.ResourceNotFound => CallFault.Peer(FaultType.Protocol, Executed.No),
        >= ErrorCodes.FirstServerError and <= ErrorCodes.LastServerError =>
            CallFault.Peer(FaultType.Unavailable, Executed.Maybe, retryable: true),
        _ => CallFault.Peer(FaultType.ToolError, Executed.Maybe),
    };

    /// <summary>
    /// What a result with <c>isError</c> says. TypeScript servers report what is really a protocol error this way, and only the first
    /// words of the text tell it from a tool that ran and failed.
    /// </summary>
    /// <param name="result">The result object.</param>
    public static CallFault FromToolError(ReadOnlySpan<byte> result)
    {
        Span<byte> prefix = stackalloc byte[PrefixLength];
        ReadOnlySpan<byte> text = prefix[..JsonText.Unescape(FindFirstText(result), prefix)];
        if (text.StartsWith("Input validation error"u8))
        {
            return FromErrorCode(ErrorCodes.InvalidParams);
        }

        return TryReadWrappedCode(text, out var code) ? FromErrorCode(code) : CallFault.Peer(FaultType.ToolError, Executed.Yes);
    }

    // "MCP error -32xxx", and not a digit more.
    private static bool TryReadWrappedCode(ReadOnlySpan<byte> text, out long code)
    {
        code = 0;
        var words = "MCP error "u8;
        if (!text.StartsWith(words) || !text[words.Length..].StartsWith("-32"u8))
        {
            return false;
        }

        var number = text[words.Length..];
        var length = number[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') is var digits && digits < 0 ? number.Length : digits + 1;
        return length == "-32000".Length && JsonText.TryReadInteger(number[..length], out code);
    }

    // The raw text of the first text block; empty if there is none.
    private static ReadOnlySpan<byte> FindFirstText(ReadOnlySpan<byte> result)
    {
        var blocks = -1;
        var members = JsonCursor.OverObject(result, 0, JsonScanner.MaxDepth);
        while (members.TryMoveNext())
        {
            if (JsonText.Matches(members.Name, "content"u8))
            {
                blocks = members.Position;
            }

            if (!members.TrySkipValue(out _))
            {
                return default;
            }
        }

        if (blocks < 0)
        {
            return default;
        }

        var items = JsonCursor.OverArray(result, blocks, members.Room);
        while (items.TryMoveNext())
        {
            var start = items.Position;
            if (items.First == '{' && TryReadText(result, start, items.Room, out var text))
            {
                return text;
            }

            if (!items.TrySkipValue(out _))
            {
                return default;
            }
        }

        return default;
    }

    private static bool TryReadText(ReadOnlySpan<byte> result, int position, int room, out ReadOnlySpan<byte> text)
    {
        text = default;
        var isText = false;
        var members = JsonCursor.OverObject(result, position, room);
        while (members.TryMoveNext())
        {
            var name = members.Name;
            var isString = members.First == '"';
            if (!members.TrySkipValue(out var value))
            {
                return false;
            }

            var raw = isString ? result.Slice(value.Offset + 1, value.Length - 2) : default;
            if (JsonText.Matches(name, "type"u8))
            {
                isText = JsonText.Matches(raw, "text"u8);
            }
            else if (JsonText.Matches(name, "text"u8))
            {
                text = raw;
            }
        }

        return isText;
    }
}
