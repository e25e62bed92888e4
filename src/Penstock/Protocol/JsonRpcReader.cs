namespace Penstock.Protocol;

/// <summary>
/// Reads one line in one forward pass. Servers order members as they like (TypeScript servers put the id last), so that a message can be
/// routed only after all of it was seen; and a result's bytes go into a record as they are, so that all of it is proven well formed.
/// </summary>
internal static class JsonRpcReader
{
    private enum Member : byte
    {
        Other,
        JsonRpc,
        Id,
        Method,
        Result,
        Error,
    }

    /// <summary>
    /// False for what is not one JSON-RPC 2.0 message: malformed JSON, a line without <c>"jsonrpc":"2.0"</c> (servers that log JSON to
    /// stdout), an object that is neither call nor reply, an array. Of members given twice the last one counts.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out JsonRpcMessage message)
    {
        message = default;
        var isJsonRpc = false;
        var method = (byte)0; // the first byte of its value
        var members = JsonCursor.OverObject(line, 0, JsonScanner.MaxDepth);
        while (members.TryMoveNext())
        {
            var member = Identify(members.Name);
            var first = members.First;
            ByteRange value;
            if (member == Member.Result && first == '{')
            {
                if (!TryReadResult(line, ref members, ref message, out value))
                {
                    return false;
                }
            }
            else if (!members.TrySkipValue(out value))
            {
                return false;
            }

            switch (member)
            {
                case Member.JsonRpc:
                    isJsonRpc = first == '"' && JsonText.Matches(Unquote(value).Of(line), "2.0"u8);
                    break;

                case Member.Id:
                    message.RawId = value;
                    message.HasId = JsonText.TryReadInteger(value.Of(line), out message.Id);
                    break;

                case Member.Method:
                    method = first;
                    message.Method = first == '"' ? Unquote(value) : default;
                    break;

                case Member.Result:
                    message.Result = value;
                    if (first != '{')
                    {
                        message.ResultType = ResultType.Unknown;
                        message.IsError = false;
                    }

                    break;

                case Member.Error:
                    message.Error = value;
                    break;
            }
        }

        return members.IsClosed && isJsonRpc && JsonScanner.IsEnd(line, members.Position) && TryJudge(line, method, ref message);
    }

    /// <summary>Reads an error object: its code, which must be an integer, and its raw message, empty if it has none.</summary>
    public static bool TryReadError(ReadOnlySpan<byte> error, out long code, out ByteRange message)
    {
        code = 0;
        message = default;
        var hasCode = false;
        var members = JsonCursor.OverObject(error, 0, JsonScanner.MaxDepth);
        while (members.TryMoveNext())
        {
            var isText = members.First == '"';
            var name = members.Name;
            if (!members.TrySkipValue(out var value))
            {
                return false;
            }

            if (JsonText.Matches(name, "code"u8))
            {
                hasCode = JsonText.TryReadInteger(value.Of(error), out code);
            }
            else if (JsonText.Matches(name, "message"u8))
            {
                message = isText ? Unquote(value) : default;
            }
        }

        return members.IsClosed && hasCode && JsonScanner.IsEnd(error, members.Position);
    }

    private static bool TryReadResult(ReadOnlySpan<byte> line, ref JsonCursor outer, ref JsonRpcMessage message, out ByteRange result)
    {
        var start = outer.Position;
        result = default;
        message.ResultType = ResultType.Complete;
        message.IsError = false;
        var members = JsonCursor.OverObject(line, start, outer.Room);
        while (members.TryMoveNext())
        {
            var name = members.Name;
            var first = members.First;
            if (!members.TrySkipValue(out var value))
            {
                return false;
            }

            if (JsonText.Matches(name, "isError"u8))
            {
                message.IsError = first == 't';
            }
            else if (JsonText.Matches(name, "resultType"u8))
            {
                message.ResultType = first == '"' ? ReadResultType(Unquote(value).Of(line)) : ResultType.Unknown;
            }
        }

        outer.Position = members.Position;
        result = new ByteRange(start, members.Position - start);
        return members.IsClosed;
    }

    private static ResultType ReadResultType(ReadOnlySpan<byte> raw) =>
        JsonText.Matches(raw, "complete"u8) ? ResultType.Complete
        : JsonText.Matches(raw, "input_required"u8) ? ResultType.InputRequired
        : JsonText.Matches(raw, "task"u8) ? ResultType.Task
        : ResultType.Unknown;

    private static bool TryJudge(ReadOnlySpan<byte> line, byte method, ref JsonRpcMessage message)
    {
        if (method == '"')
        {
            // A null id is nothing that could be answered.
            var hasAnswer = !message.RawId.IsEmpty && line[message.RawId.Offset] != 'n';
            message.Kind = hasAnswer ? MessageKind.Request : MessageKind.Notification;
            return true;
        }

        // Some serialisers write null for what is not there; a method of any other kind makes the message neither call nor reply.
        if (method is not (0 or (byte)'n'))
        {
            return false;
        }

        // "error":null beside a result is no error; a lone one is, though nobody can say which.
        var isError = !message.Error.IsEmpty && (message.Result.IsEmpty || line[message.Error.Offset] != 'n');
        message.Kind = isError ? MessageKind.Error : MessageKind.Result;
        return isError || !message.Result.IsEmpty;
    }

    private static Member Identify(ReadOnlySpan<byte> name)
    {
        switch (name.Length)
        {
            case 2 when name.SequenceEqual("id"u8):
                return Member.Id;
            case 5 when name.SequenceEqual("error"u8):
                return Member.Error;
            case 6 when name.SequenceEqual("result"u8):
                return Member.Result;
            case 6 when name.SequenceEqual("method"u8):
                return Member.Method;
            case 7 when name.SequenceEqual("jsonrpc"u8):
                return Member.JsonRpc;
            default:
                return name.Contains((byte)'\\') ? IdentifyEscaped(name) : Member.Other;
        }
    }

    private static Member IdentifyEscaped(ReadOnlySpan<byte> name) =>
        JsonText.Matches(name, "id"u8) ? Member.Id
        : JsonText.Matches(name, "error"u8) ? Member.Error
        : JsonText.Matches(name, "result"u8) ? Member.Result
        : JsonText.Matches(name, "method"u8) ? Member.Method
        : JsonText.Matches(name, "jsonrpc"u8) ? Member.JsonRpc
        : Member.Other;

    private static ByteRange Unquote(ByteRange text) => new(text.Offset + 1, text.Length - 2);
}
