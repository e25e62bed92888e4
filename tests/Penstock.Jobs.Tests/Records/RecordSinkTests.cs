using System.Text;
using Penstock.Jobs.Config;
using Penstock.Jobs.Records;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Tests.Records;

public sealed class RecordSinkTests
{
    [Fact]
    public void Write_Success_IsTheServersBytesOnOneLine()
    {
        var (output, errors) = Record(Result(default, "{\"content\":[],\r\n \"x\": \"\\n\"}", id: "\"row-17\"", row: 16));

        Assert.Equal(
            """{"custom_id":"row-17","response":{"server":"geo","result":{"content":[],   "x": "\n"}},"error":null,"meta":{"row":16,"attempts":1,"ms":11.2}}""" + "\n",
            output);
        Assert.Equal("", errors);
    }

    [Fact]
    public void Write_LocalFault_TellsMessageAndRequest()
    {
        var fault = new CallFault(FaultType.Timeout, Executed.Maybe, FaultOrigin.Local, retryable: true);

        var (_, errors) = Record(Result(fault, "no answer within 10 s \"x\"", "{\"q\":\r\n1}", row: 3, timeoutMs: 10_000, attempts: 3, milliseconds: 10_000.06));

        Assert.Equal(
            """{"custom_id":"row-3","response":null,"error":{"type":"timeout","executed":"maybe","origin":"local","retryable":true,"message":"no answer within 10 s \"x\""},"request":{"custom_id":"row-3","tool":"geo/q","arguments":{"q":  1},"timeout_ms":10000},"meta":{"row":3,"attempts":3,"ms":10000.1}}""" + "\n",
            errors);
    }

    [Fact]
    public void Write_ErrorResult_KeepsTheResult()
    {
        var fault = new CallFault(FaultType.ToolError, Executed.Yes, FaultOrigin.Peer, retryable: false);

        var (_, errors) = Record(Result(fault, """{"content":[{"type":"text","text":"no such city"}],"isError":true}"""));

        Assert.Equal(
            """{"custom_id":"row-0","response":null,"error":{"type":"tool_error","executed":"yes","origin":"peer","retryable":false,"message":"no such city","result":{"content":[{"type":"text","text":"no such city"}],"isError":true}},"request":{"custom_id":"row-0","tool":"geo/q","arguments":{}},"meta":{"row":0,"attempts":1,"ms":11.2}}""" + "\n",
            errors);
    }

    [Fact]
    public void Write_JsonRpcError_KeepsTheCode()
    {
        var fault = new CallFault(FaultType.InvalidParams, Executed.No, FaultOrigin.Peer, retryable: false);

        var (_, errors) = Record(Result(fault, """{"code":-32602,"message":"unknown tool","data":{"x":1}}"""));

        Assert.Contains("\"message\":\"unknown tool\",\"code\":-32602},\"request\"", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteBadRow_Bytes_KeepsTheInputAsText()
    {
        var (_, errors) = Record(sink => sink.WriteBadRow(7, default, [(byte)'{', (byte)'"', 0xFF, (byte)'\t'], "the line is not UTF-8"));

        Assert.Equal(
            """{"custom_id":"row-7","response":null,"error":{"type":"invalid_params","executed":"no","origin":"local","retryable":false,"message":"the line is not UTF-8"},"request":null,"input":"{\"�\t","meta":{"row":7,"attempts":0,"ms":0.0}}""" + "\n",
            errors);
    }

    [Fact]
    public void Write_LocalMessageWithSecret_HidesIt()
    {
        var secrets = new Secrets();
        secrets.Keep("hunter2hunter2");
        var fault = new CallFault(FaultType.ServerExited, Executed.Maybe, FaultOrigin.Local, retryable: true);

        var (_, errors) = Record(sink => sink.Write(Result(fault, "died: --key=hunter2hunter2")), secrets);

        Assert.Contains("died: --key=***", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_LongErrorText_IsCutInTheMessageOnly()
    {
        var fault = new CallFault(FaultType.ToolError, Executed.Yes, FaultOrigin.Peer, retryable: false);
        var text = new string('x', 5000);

        var (_, errors) = Record(Result(fault, $$"""{"content":[{"type":"text","text":"{{text}}"}],"isError":true}"""));

        Assert.Contains($"{new string('x', 2000)}…\"", errors, StringComparison.Ordinal);
        Assert.Contains(text, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_BlockFull_LeavesInWholeLines()
    {
        using var stream = new MemoryStream();
        var content = $$"""{"content":"{{new string('x', 1000)}}"}""";
        using var sink = new RecordSink(new RecordFile(stream), new RecordFile(new MemoryStream()), new Secrets(), ["geo"]);
        for (var i = 0; i < 1500; i++)
        {
            sink.Write(Result(default, content, row: i));
        }

        Assert.InRange(stream.Length, RecordFile.BlockLength, 2 * RecordFile.BlockLength);
        Assert.Equal((byte)'\n', stream.ToArray()[^1]);
    }

    [Fact]
    public void Write_FileThatCannotBeWritten_BreaksOnceAndCountsNoMore()
    {
        var sink = new RecordSink(new RecordFile(new FullStream()), new RecordFile(new MemoryStream()), new Secrets(), ["geo"]);
        sink.Write(Result(default, "{}"));
        sink.Flush();
        sink.Write(Result(default, "{}"));

        Assert.Contains("the output cannot be written: disk full", sink.Failure, StringComparison.Ordinal);
        Assert.True(sink.Broken.WaitHandle.WaitOne(TimeSpan.FromMinutes(1)));
        Assert.Equal(1, sink.Read(static t => t.Ok));
        sink.Dispose();
    }

    internal static ToolResult Result(
        CallFault fault, string content, string arguments = "", string id = "", long row = 0, int timeoutMs = 0, int attempts = 1, double milliseconds = 11.2)
    {
        var tag = new byte[RowTag.HeadLength + Encoding.UTF8.GetByteCount(id)];
        RowTag.WriteHead(tag, row, timeoutMs);
        Encoding.UTF8.GetBytes(id, tag.AsSpan(RowTag.HeadLength));
        return new ToolResult(
            row,
            "geo/q",
            fault,
            Encoding.UTF8.GetBytes(content),
            tag,
            Encoding.UTF8.GetBytes(arguments),
            attempts,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMilliseconds(milliseconds));
    }

    private static (string Output, string Errors) Record(ToolResult result)
    {
        var (output, errors) = (new MemoryStream(), new MemoryStream());
        using (var sink = new RecordSink(new RecordFile(output), new RecordFile(errors), new Secrets(), ["geo"]))
        {
            sink.Write(result);
            sink.Flush();
        }

        return (Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(errors.ToArray()));
    }

    internal static (string Output, string Errors) Record(Action<RecordSink> write, Secrets? secrets = null)
    {
        var (output, errors) = (new MemoryStream(), new MemoryStream());
        using (var sink = new RecordSink(new RecordFile(output), new RecordFile(errors), secrets ?? new Secrets(), ["geo"]))
        {
            write(sink);
            sink.Flush();
        }

        return (Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(errors.ToArray()));
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("disk full");
    }
}
