using Penstock.Jobs.Bytes;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Records;

/// <summary>Writes records, byte for byte. Pure: a result in, the bytes of one line without its end out.</summary>
internal static class RecordFormat
{
    /// <summary>A record of a call that succeeded.</summary>
    public static void AppendResponse(ByteBuffer into, in ToolResult result, ToolEntry tool)
    {
        var tag = new RowTag(result.Tag.Span);
        AppendId(into, tag.Row, tag.Id);
        into.Append(",\"response\":{\"server\":"u8);
        into.Append(tool.Server);
        into.Append(",\"result\":"u8);
        JsonText.AppendOneLine(into, result.Content.Span);
        into.Append("},\"error\":null"u8);
        AppendMeta(into, tag.Row, result.Attempts, result.AttemptElapsed);
    }

    /// <summary>A record of a call that failed.</summary>
    /// <param name="into">Takes the bytes.</param>
    /// <param name="result">The call's end.</param>
    /// <param name="tool">Its tool.</param>
    /// <param name="answer">What the server's answer holds; the default value if it gave none.</param>
    /// <param name="message">The message.</param>
    /// <param name="content">The server's answer, without what must not be seen.</param>
    public static void AppendError(ByteBuffer into, in ToolResult result, ToolEntry tool, PeerAnswer answer, string message, ReadOnlySpan<byte> content)
    {
        var tag = new RowTag(result.Tag.Span);
        AppendId(into, tag.Row, tag.Id);
        into.Append(",\"response\":null"u8);
        AppendFault(into, result.Fault, message);
        if (answer.Code is { } code)
        {
            into.Append(",\"code\":"u8);
            into.AppendNumber(code);
        }

        if (answer.IsResult)
        {
            into.Append(",\"result\":"u8);
            JsonText.AppendOneLine(into, content);
        }

        into.Append("},\"request\":"u8);
        AppendId(into, tag.Row, tag.Id);
        into.Append(",\"tool\":"u8);
        into.Append(tool.Tool);
        into.Append(",\"arguments\":"u8);
        if (result.Arguments.IsEmpty)
        {
            into.Append("{}"u8);
        }
        else
        {
            JsonText.AppendOneLine(into, result.Arguments.Span);
        }

        if (tag.TimeoutMs > 0)
        {
            into.Append(",\"timeout_ms\":"u8);
            into.AppendNumber(tag.TimeoutMs);
        }

        into.Append((byte)'}');
        AppendMeta(into, tag.Row, result.Attempts, result.AttemptElapsed);
    }

    /// <summary>A record of a row that never became a call.</summary>
    public static void AppendBadRow(ByteBuffer into, long row, ReadOnlySpan<byte> id, ReadOnlySpan<byte> input, string problem)
    {
        AppendId(into, row, id);
        into.Append(",\"response\":null"u8);
        AppendFault(into, new CallFault(FaultType.InvalidParams, Executed.No, FaultOrigin.Local, retryable: false), problem);
        into.Append("},\"request\":null,\"input\":"u8);
        JsonText.AppendString(into, input);
        AppendMeta(into, row, 0, TimeSpan.Zero);
    }

    /// <summary>Opens an object with its <c>custom_id</c>.</summary>
    private static void AppendId(ByteBuffer into, long row, ReadOnlySpan<byte> id)
    {
        into.Append("{\"custom_id\":"u8);
        if (!id.IsEmpty)
        {
            into.Append(id);
            return;
        }

        into.Append("\"row-"u8);
        into.AppendNumber(row);
        into.Append((byte)'"');
    }

    /// <summary>Leaves the error object open.</summary>
    private static void AppendFault(ByteBuffer into, in CallFault fault, string message)
    {
        into.Append(",\"error\":{\"type\":\""u8);
        into.AppendText(fault.Type.ToName());
        into.Append("\",\"executed\":\""u8);
        into.AppendText(fault.Executed.ToName());
        into.Append("\",\"origin\":\""u8);
        into.AppendText(fault.Origin.ToName());
        into.Append("\",\"retryable\":"u8);
        into.Append(fault.Retryable ? "true"u8 : "false"u8);
        into.Append(",\"message\":"u8);
        JsonText.AppendString(into, message);
    }

    private static void AppendMeta(ByteBuffer into, long row, int attempts, TimeSpan elapsed)
    {
        into.Append(",\"meta\":{\"row\":"u8);
        into.AppendNumber(row);
        into.Append(",\"attempts\":"u8);
        into.AppendNumber(attempts);
        into.Append(",\"ms\":"u8);

        // Tenths of a millisecond, rounded half up; whole and tenth are written apart, which needs no floating point.
        var tenths = (Math.Max(0, elapsed.Ticks) + (TimeSpan.TicksPerMillisecond / 20)) / (TimeSpan.TicksPerMillisecond / 10);
        into.AppendNumber(tenths / 10);
        into.Append((byte)'.');
        into.Append((byte)('0' + (tenths % 10)));
        into.Append("}}"u8);
    }
}
