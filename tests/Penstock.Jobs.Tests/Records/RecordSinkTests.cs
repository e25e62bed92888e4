using System.Text.Json;
using Penstock.Jobs.Files;
using Penstock.Jobs.Records;
using Xunit;

namespace Penstock.Jobs.Tests.Records;

public sealed class RecordSinkTests
{
    private static readonly CallFault Lost = new(FaultType.Connection, Executed.Maybe, FaultOrigin.Local, retryable: true);

    [Fact]
    public void Write_LocalMessage_HidesSecrets()
    {
        using var folder = new TempFolder();
        var secrets = new Secrets();
        secrets.Keep("hunter2-hunter2");
        using (var sink = Sink(folder, secrets))
        {
            sink.Write(RecordFormatTests.Result(Lost, "said hunter2-hunter2"u8.ToArray(), [], [], 0, 1, TimeSpan.Zero));
            sink.Flush();
        }

        Assert.Equal("said ***", Error(folder).GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("{\"code\":401,\"message\":\"401 for hunter2-hunter2\"}")]
    [InlineData("{\"isError\":true,\"content\":[{\"type\":\"text\",\"text\":\"401 for hunter2-hunter2\"}]}")]
    public void Write_MessageOfTheServer_HidesSecretsInTheRecordToo(string content)
    {
        using var folder = new TempFolder();
        using (var sink = Sink(folder, Kept("hunter2-hunter2")))
        {
            sink.Write(RecordFormatTests.Result(
                new CallFault(FaultType.ToolError, Executed.Yes, FaultOrigin.Peer, false), System.Text.Encoding.UTF8.GetBytes(content), [], [], 0, 1, TimeSpan.Zero));
            sink.Flush();
        }

        var error = Error(folder);
        Assert.Equal("401 for ***", error.GetProperty("message").GetString());
        Assert.True(!error.TryGetProperty("result", out var result) || result.GetRawText() == content.Replace("hunter2-hunter2", "***", StringComparison.Ordinal));
    }

    [Fact]
    public void WriteBadRow_Problem_HidesSecretsAndTheInputIsWhole()
    {
        using var folder = new TempFolder();
        using (var sink = Sink(folder, Kept("hunter2-hunter2")))
        {
            sink.WriteBadRow(0, default, "hunter2-hunter2"u8, "'hunter2-hunter2' is not a number");
            sink.Flush();
        }

        var record = JsonDocument.Parse(File.ReadAllBytes(folder.Of("err"))).RootElement;
        Assert.Equal("'***' is not a number", record.GetProperty("error").GetProperty("message").GetString());
        Assert.Equal("hunter2-hunter2", record.GetProperty("input").GetString());
    }

    [Fact]
    public void Write_CallsThatWereNeverWritten_HaveNoLatency()
    {
        using var folder = new TempFolder();
        using var sink = Sink(folder, new Secrets());
        sink.Write(RecordFormatTests.Result(default, "{}"u8.ToArray(), [], [], 0, 1, TimeSpan.FromMilliseconds(20)));
        sink.Write(RecordFormatTests.Result(Lost, "x"u8.ToArray(), [], [], 0, 0, TimeSpan.Zero));
        sink.Write(RecordFormatTests.Result(Lost, "x"u8.ToArray(), [], [], 0, 0, TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromMilliseconds(20), sink.Read(static t => t.Latency().Mean));
        Assert.InRange(sink.Read(static t => t.Latency().Percentile(0.5)).TotalMilliseconds, 20, 20.7);
    }

    [Fact]
    public void Write_LongTextOfAnErrorResult_IsCutInTheMessageAndWholeInTheResult()
    {
        using var folder = new TempFolder();
        var text = new string('x', 5000);
        using (var sink = Sink(folder, new Secrets()))
        {
            var content = System.Text.Encoding.UTF8.GetBytes($$"""{"content":[{"type":"text","text":"{{text}}"}],"isError":true}""");
            sink.Write(RecordFormatTests.Result(new CallFault(FaultType.ToolError, Executed.Yes, FaultOrigin.Peer, false), content, [], [], 0, 1, TimeSpan.Zero));
            sink.Flush();
        }

        Assert.Equal(2001, Error(folder).GetProperty("message").GetString()!.Length);
        Assert.Equal(text, Error(folder).GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public void Write_Results_AreCountedByServerAndFault()
    {
        using var folder = new TempFolder();
        using var sink = Sink(folder, new Secrets());
        sink.Write(RecordFormatTests.Result(default, "{}"u8.ToArray(), [], [], 0, 3, TimeSpan.Zero, "a/x"));
        sink.Write(RecordFormatTests.Result(Lost, "x"u8.ToArray(), [], [], 0, 1, TimeSpan.Zero, "a/x"));
        sink.Write(RecordFormatTests.Result(Lost, "x"u8.ToArray(), [], [], 0, 0, TimeSpan.Zero, "b/x"));
        sink.WriteBadRow(3, default, "x"u8, "line 5: 'it's' is no number, and -1.5 is");
        sink.WriteBadRow(2, default, "x"u8, "line 14: '' is no number, and 12 is");
        sink.WriteBadRow(4, default, "x"u8, "worse");
        Assert.Equal((1, 5, 2, 3), sink.Read(static t => (t.Ok, t.Failed, t.Retried, t.Bad)));
        Assert.Equal(
            ["invalid_params 3: 2 row 2: line 14: '' is no number, and 12 is; 1 row 4: worse", "connection 2: 2 row 16: x"],
            sink.Read(static t => t.Faults()).Select(static f => $"{f.Key} {f.Value.Count}: {string.Join("; ", f.Value.Reasons.Select(static r => $"{r.Count} row {r.Row}: {r.Message}"))}"));
        Assert.Equal(["a 1 1", "b 0 1", "geo 0 0"], sink.Read(static t => t.Servers.Select(static s => $"{s.Key} {s.Value.Ok} {s.Value.Failed}").ToArray()));
    }

    [Fact]
    public async Task Flush_FileThatCannotBeWritten_BreaksTheSinkOnce()
    {
        using var folder = new TempFolder();
        using var sink = new RecordSink(
            new RecordFile(new FullStream()), new RecordFile(File.Create(folder.Of("err"))), new Secrets(), []);
        var broken = new TaskCompletionSource();
        using var registration = sink.Broken.Register(broken.SetResult);
        sink.Write(RecordFormatTests.Result(default, "{}"u8.ToArray(), [], [], 0, 1, TimeSpan.Zero));
        Assert.Null(sink.Failure);
        sink.Flush();
        Assert.Equal("the output cannot be written: disk full; mend that and run again (1 rows were called whose records are lost)", sink.Failure);
        await broken.Task.WaitAsync(TimeSpan.FromMinutes(2));
        sink.WriteBadRow(0, default, default, "ignored from now on");
        Assert.Equal(0, sink.Read(static t => t.Ok + t.Failed));
    }

    /// <summary>What the summary counts must be what the files hold, and the file that is whole must get what it should have.</summary>
    [Fact]
    public void Flush_OutputThatCannotBeWritten_CountsOnlyWhatIsWrittenAndKeepsTheErrors()
    {
        using var folder = new TempFolder();
        var disk = new FullStream { IsFull = false };
        using var sink = new RecordSink(new RecordFile(disk), new RecordFile(Open(folder.Of("err"))), new Secrets(), ["a"]);
        sink.Write(RecordFormatTests.Result(default, "{}"u8.ToArray(), [], [], 0, 1, TimeSpan.Zero, "a/x"));
        sink.Flush();
        disk.IsFull = true;
        sink.Write(RecordFormatTests.Result(default, "{}"u8.ToArray(), [], [], 1, 1, TimeSpan.Zero, "a/x"));
        sink.Write(RecordFormatTests.Result(Lost, "x"u8.ToArray(), [], [], 2, 1, TimeSpan.Zero, "a/x"));
        sink.WriteBadRow(3, default, "x"u8, "bad");
        sink.Flush();
        Assert.Equal((1, 2, 1), sink.Read(static t => (t.Ok, t.Failed, t.Bad)));
        Assert.Equal((1, 1), sink.Read(static t => (t.Servers["a"].Ok, t.Servers["a"].Failed)));
        Assert.Equal(2, File.ReadAllLines(folder.Of("err")).Length);
    }

    [Fact]
    public void Flush_ErrorsThatCannotBeWritten_CountsOnlyWhatIsWritten()
    {
        using var folder = new TempFolder();
        using var sink = new RecordSink(new RecordFile(Open(folder.Of("out"))), new RecordFile(new FullStream()), new Secrets(), ["a"]);
        sink.Write(RecordFormatTests.Result(default, "{}"u8.ToArray(), [], [], 0, 1, TimeSpan.Zero, "a/x"));
        sink.Write(RecordFormatTests.Result(Lost, "x"u8.ToArray(), [], [], 1, 1, TimeSpan.Zero, "a/x"));
        sink.Flush();
        Assert.StartsWith("the errors file cannot be written: disk full; ", sink.Failure, StringComparison.Ordinal);
        Assert.Equal((1, 0), sink.Read(static t => (t.Ok, t.Failed)));
        Assert.Empty(sink.Read(static t => t.Faults()));
        Assert.Single(File.ReadAllLines(folder.Of("out")));
    }

    private static Secrets Kept(string secret)
    {
        var secrets = new Secrets();
        secrets.Keep(secret);
        return secrets;
    }

    private static RecordSink Sink(TempFolder folder, Secrets secrets) => new(
        new RecordFile(File.Create(folder.Of("out"))), new RecordFile(File.Create(folder.Of("err"))), secrets, ["geo"]);

    /// <summary>As the job opens it: others may read it meanwhile.</summary>
    private static FileStream Open(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    private static JsonElement Error(TempFolder folder) => JsonDocument.Parse(File.ReadAllBytes(folder.Of("err"))).RootElement.GetProperty("error");

    private sealed class FullStream : MemoryStream
    {
        public bool IsFull { get; set; } = true;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (IsFull)
            {
                throw new IOException("disk full");
            }
        }
    }
}
