using System.Buffers.Text;
using System.Text.Json;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>Rows that are calls already.</summary>
internal sealed class LineToCall : RowToCall
{
    /// <summary>24 hours, the engine's longest.</summary>
    private const int MaxTimeoutMs = 24 * 3600 * 1000;

    private readonly ByteBuffer _joined = new(256);
    private readonly ByteBuffer _input = new(256);
    private readonly ByteBuffer _id = new(64);

    public override void Dispose()
    {
        _joined.Dispose();
        _input.Dispose();
        _id.Dispose();
        base.Dispose();
    }

    protected override string? MakeOf(long row, ReadOnlyMemory<byte> line, out ToolCall call)
    {
        call = default;
        _id.Clear();
        if (!CallLine.TryRead(line.Span, out var parts))
        {
            return "the line is not a JSON object";
        }

        return parts.IsRecordWithoutCall && parts.Tool.IsAbsent && parts.Input.Kind == JsonTokenType.String
            ? MakeOfInput(row, line.Span, parts, out call)
            : MakeOf(row, line, parts, out call);
    }

    /// <summary>The record of a row that never was a call is that row again: unless it was mended, it has the same reason again.</summary>
    private string? MakeOfInput(long row, ReadOnlySpan<byte> record, in CallLine parts, out ToolCall call)
    {
        call = default;
        _input.Clear();
        _input.Append(Unescape(parts.Input.Of(record)));
        _id.Append(parts.CustomId.Kind is JsonTokenType.String or JsonTokenType.Number ? parts.CustomId.Of(record) : default);
        Input = _input.Memory;
        if (SetTag(row, 0, _id.Span) is { } idProblem)
        {
            return idProblem;
        }

        if (!CallLine.TryRead(_input.Span, out var inner))
        {
            return "the line is not a JSON object";
        }

        return _input.Span.IndexOf("\uFFFD"u8) >= 0
            ? "the row holds U+FFFD, which stands in records for bytes that were not UTF-8; mend them in the input, and run it with --only"
            : MakeOf(row, _input.Memory, inner, out call);
    }

    private string? MakeOf(long row, ReadOnlyMemory<byte> line, in CallLine parts, out ToolCall call)
    {
        call = default;
        var bytes = line.Span;

        if (!parts.CustomId.IsAbsent && parts.CustomId.Kind is not (JsonTokenType.String or JsonTokenType.Number))
        {
            return "custom_id must be a string or a number";
        }

        // The tag is set before the checks, so that the record of a row that fails them carries its id.
        var isTimeout = TryTimeout(bytes, parts.TimeoutMs, out var timeoutMs);
        if (SetTag(row, timeoutMs, parts.CustomId.IsAbsent ? _id.Span : parts.CustomId.Of(bytes)) is { } idProblem)
        {
            return idProblem;
        }

        if (!isTimeout)
        {
            return $"timeout_ms must be a whole number from 1 to {MaxTimeoutMs:N0}";
        }

        if (!parts.Arguments.IsAbsent && parts.Arguments.Kind != JsonTokenType.StartObject)
        {
            return "arguments must be an object";
        }

        if (Tool(bytes, parts, out var tool) is { } toolProblem)
        {
            return toolProblem;
        }

        var arguments = parts.Arguments.IsAbsent ? default : line.Slice(parts.Arguments.Start, parts.Arguments.Length);
        call = Call(Tools.Get(tool), arguments, timeoutMs == 0 ? null : TimeSpan.FromMilliseconds(timeoutMs));
        return null;
    }

    private string? Tool(ReadOnlySpan<byte> bytes, in CallLine parts, out ReadOnlySpan<byte> tool)
    {
        tool = default;
        if (parts.Tool.Kind == JsonTokenType.String)
        {
            tool = Unescape(parts.Tool.Of(bytes));
            return CheckTool(tool);
        }

        if (!parts.Tool.IsAbsent)
        {
            return "tool must be a string";
        }

        if (parts.IsRecordWithoutCall)
        {
            return "this error record has no request: its row never was a call; feed the corrected row instead";
        }

        if (parts.Name.IsAbsent && parts.Server.IsAbsent && parts.Method.IsAbsent)
        {
            return "the call has no tool; give \"tool\":\"server/tool\"";
        }

        if (parts.Method.IsAbsent || parts.Method.Kind != JsonTokenType.String || !Unescape(parts.Method.Of(bytes)).SequenceEqual("tools/call"u8))
        {
            return "method must be \"tools/call\"";
        }

        if (parts.Server.Kind != JsonTokenType.String || parts.Name.Kind != JsonTokenType.String)
        {
            return "server and params.name must be given, as strings";
        }

        _joined.Clear();
        _joined.Append(Unescape(parts.Server.Of(bytes)));
        _joined.Append((byte)'/');
        _joined.Append(Unescape(parts.Name.Of(bytes)));
        tool = _joined.Span;
        return CheckTool(tool);
    }

    private static bool TryTimeout(ReadOnlySpan<byte> bytes, in Slice slice, out int timeoutMs)
    {
        timeoutMs = 0;
        if (slice.IsAbsent)
        {
            return true;
        }

        var text = slice.Of(bytes);
        if (slice.Kind == JsonTokenType.Number && Utf8Parser.TryParse(text, out int value, out var used) && used == text.Length
            && value is >= 1 and <= MaxTimeoutMs)
        {
            timeoutMs = value;
            return true;
        }

        return false;
    }
}
