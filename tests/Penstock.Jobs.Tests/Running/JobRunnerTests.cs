using System.IO.Compression;
using System.Text.Json;
using Penstock.Jobs.Tests.Rows;
using Penstock.Testing;
using Xunit;

namespace Penstock.Jobs.Tests.Running;

public sealed class JobRunnerTests : JobRun
{
    [Fact]
    public async Task RunAsync_Range_OneRecordPerRowAndExitZero()
    {
        var engine = new FakeEngine(static (_, _) => Outcome.Ok());

        var summary = await RunAsync("range: 5", engine);

        Assert.Equal((JobExitCode.Ok, 5, 0, 0), (summary.ExitCode, summary.Ok, summary.Failed, summary.NotRun));
        Assert.Equal("{\"n\":4}", engine.Arguments[4]);
        Assert.Equal([0, 1, 2, 3, 4], Rows(Output));
        Assert.Empty(Rows(Errors));
        Assert.True(engine.IsDisposed);
        Assert.Equal(new ServerCounts("echo", 5, 0), Assert.Single(summary.Servers));
        Assert.Null(summary.StopReason);
        Assert.True(summary.PeakMemory > 0);
    }

    [Fact]
    public async Task RunAsync_MixedLines_EveryRowHasOneRecord()
    {
        Folder.Write("in.jsonl", "{\"tool\":\"echo/a\"}\n\nnot json\r\n  \n{\"tool\":\"echo/b\"}\n{\"tool\":\"echo/c\"}");
        var engine = new FakeEngine(static (call, _) =>
            call.Tool == "echo/b" ? Outcome.Failed(FaultType.Timeout, FaultOrigin.Local, "late") with { Attempts = 3 } : Outcome.Ok());

        var summary = await RunAsync($"path: {Folder.Of("in.jsonl")}", engine, call: false);

        Assert.Equal((JobExitCode.RowsFailed, 2, 2, 2), (summary.ExitCode, summary.Ok, summary.Failed, summary.Retried));
        Assert.Equal([0, 3], Rows(Output));
        Assert.Equal([1, 2], Rows(Errors));
        Assert.Equal(["invalid_params", "timeout"], summary.Faults.Keys.Order());
    }

    [Fact]
    public async Task RunAsync_StandardInput_IsRead()
    {
        var engine = new FakeEngine(static (_, _) => Outcome.Ok());
        var input = new PieceStream("{\"tool\":\"echo/a\"}\n{\"tool\":\"echo/b\"}"u8.ToArray(), new Random(1), 5);

        var summary = await RunAsync("path: '-'", engine, call: false, options: new JobRunOptions { StandardInput = input });

        Assert.Equal(2, summary.Ok);
        Assert.Equal(["echo/a", "echo/b"], engine.Tools);
    }

    [Fact]
    public async Task RunAsync_ErrorRecordsFedBack_AreTheSameCalls()
    {
        Folder.Write("in.jsonl", "{\"custom_id\":\"x\",\"tool\":\"echo/a\",\"arguments\":{\"q\":1},\"timeout_ms\":50}\n");
        await RunAsync($"path: {Folder.Of("in.jsonl")}", new FakeEngine(static (_, _) => Outcome.Failed(FaultType.Connection, FaultOrigin.Local, "lost", "{\"q\":1}")), call: false);
        File.Move(Errors, Folder.Of("again.jsonl"));
        File.Delete(Output);
        var engine = new FakeEngine(static (_, _) => Outcome.Ok());

        var summary = await RunAsync($"path: {Folder.Of("again.jsonl")}", engine, call: false);

        Assert.Equal(1, summary.Ok);
        Assert.Equal(("echo/a", "{\"q\":1}", TimeSpan.FromMilliseconds(50)), (engine.Tools[0], engine.Arguments[0], engine.Timeouts[0]));
        Assert.Contains("\"custom_id\":\"x\"", await File.ReadAllTextAsync(Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_RecordsOfBadRowsFedBack_HaveTheSameReasonAgain()
    {
        var path = Folder.Write("in.jsonl", "not json\n{\"custom_id\":\"y\",\"tool\":7}\n{\"tool\":\"echo\"}\n[1]\n");
        var engine = new FakeEngine(static (_, _) => Outcome.Ok());
        await RunAsync($"path: {path}", engine, call: false);
        var first = await File.ReadAllTextAsync(Errors);
        File.Move(Errors, Folder.Of("again.jsonl"));
        File.Delete(Output);

        var summary = await RunAsync($"path: {Folder.Of("again.jsonl")}", engine, call: false);

        Assert.Equal((0, 4), (summary.Ok, summary.Failed));
        Assert.Equal(first, await File.ReadAllTextAsync(Errors));
    }

    [Theory]
    [InlineData(2, JobExitCode.Ok)]
    [InlineData(1, JobExitCode.RowsFailed)]
    public async Task RunAsync_FailedRows_ExitOneBeyondMaxFailures(int allowed, int exitCode)
    {
        var engine = new FakeEngine(static (_, i) => i < 2 ? Outcome.Failed(FaultType.ToolError, FaultOrigin.Peer, "{\"content\":[]}") : Outcome.Ok());

        var summary = await RunAsync("range: 5", engine, options: new JobRunOptions { MaxFailures = allowed });

        Assert.Equal(exitCode, summary.ExitCode);
    }

    [Fact]
    public async Task RunAsync_OutputExists_RefusesUnlessAgain()
    {
        await File.WriteAllTextAsync(Output, "old");
        var engine = new FakeEngine(static (_, _) => Outcome.Ok());

        var e = await Assert.ThrowsAsync<JobException>(() => RunAsync("range: 1", engine));
        Assert.Equal(JobExitCode.Usage, e.ExitCode);
        Assert.Contains("--again", e.Message, StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(Output));

        await RunAsync("range: 1", engine, options: new JobRunOptions { Again = true });
        Assert.Equal([0], Rows(Output));
    }

    [Fact]
    public async Task RunAsync_NoFolderForOutput_IsConfig()
    {
        var job = Load("range: 1", call: true, output: Folder.Of("none/out.jsonl"));

        var e = await Assert.ThrowsAsync<JobException>(() => Runner(job, new FakeEngine(static (_, _) => Outcome.Ok())).RunAsync());

        Assert.Equal(JobExitCode.Config, e.ExitCode);
    }

    [Theory]
    [InlineData("none.jsonl", "no such file")]
    [InlineData(".", "is a folder")]
    [InlineData("binary", "is not text")]
    [InlineData("gzip", "cannot be read")]
    [InlineData("gzip2", "is gzip within gzip")]
    public async Task RunAsync_InputThatCannotBeRead_IsInput(string name, string why)
    {
        await File.WriteAllBytesAsync(Folder.Of("binary"), [1, 2, 0, 3]);
        await File.WriteAllBytesAsync(Folder.Of("gzip"), [0x1F, 0x8B, 8]);
        await using (var zip = new GZipStream(File.Create(Folder.Of("gzip2")), CompressionLevel.Fastest))
        {
            await zip.WriteAsync(new byte[] { 0x1F, 0x8B, 8 });
        }


        var e = await Assert.ThrowsAsync<JobException>(() =>
            RunAsync($"path: {Folder.Of(name)}", new FakeEngine(static (_, _) => Outcome.Ok()), call: false));

        Assert.Equal(JobExitCode.Input, e.ExitCode);
        Assert.Contains(why, e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Output));
    }

    [Fact]
    public async Task RunAsync_EngineThrows_KeepsTheRecordsAndTellsWhy()
    {
        var engine = new FakeEngine(static (_, i) => i < 2 ? Outcome.Ok() : throw new InvalidOperationException("broken pump"));

        var summary = await RunAsync("range: 10", engine);

        Assert.Equal((JobExitCode.Stopped, 2), (summary.ExitCode, summary.Ok));
        Assert.Contains("broken pump", summary.StopReason, StringComparison.Ordinal);
        Assert.Equal(2, Rows(Output).Count);
    }

    [Fact]
    public async Task RunAsync_DiskFullWhileTheInputIsSilent_EndsWithTheFailure()
    {
        using var input = new SilentStream("{\"tool\":\"echo/a\"}\n"u8.ToArray());
        var clock = new ManualTimeProvider();
        var job = Load("path: '-'", call: false, output: "'-'", errors: Folder.Of("e.jsonl"));
        var options = new JobRunOptions { StandardInput = input, StandardOutput = new FullStream(), Clock = clock };
        var run = Runner(job, new FakeEngine(static (_, _) => Outcome.Ok()), options).RunAsync();
        await input.Asked.WaitAsync(TimeSpan.FromMinutes(2));

        // The record reaches the file with the next tick, and finds no room.
        clock.Advance(TimeSpan.FromSeconds(1));
        var summary = await run.WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Equal((JobExitCode.Stopped, 0, null), (summary.ExitCode, summary.Ok, summary.NotRun));
        Assert.StartsWith("the output cannot be written: disk full", summary.StopReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_EngineNamesASecret_IsRedacted()
    {
        var path = Folder.Write("key.txt", "sk-0123456789");
        var job = Job.Load(Folder.Write("secret.yaml", $$"""
            version: 1
            servers: { echo: { command: x, env: { KEY: "${file:{{path}}}" } } }
            input: { range: 3 }
            call: { tool: echo/echo }
            output: { path: {{Output}} }
            """));

        var summary = await Runner(job, new FakeEngine(static (_, _) => throw new InvalidOperationException("401 for sk-0123456789"))).RunAsync();

        Assert.Equal("the engine failed: 401 for ***", summary.StopReason);
    }

    [Fact]
    public async Task RunAsync_OutputToStandardOutput_WritesThere()
    {
        using var standard = new MemoryStream();
        var job = Load("range: 2", call: true, output: "'-'", errors: Folder.Of("e.jsonl"));

        await Runner(job, new FakeEngine(static (_, _) => Outcome.Ok()), new JobRunOptions { StandardOutput = standard }).RunAsync();

        Assert.Equal(2, standard.ToArray().Count(static b => b == '\n'));
    }

    [Fact]
    public async Task WriteJson_Summary_IsOneObject()
    {
        var summary = await RunAsync("range: 3", new FakeEngine(static (_, _) => Outcome.Ok()));
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            summary.WriteJson(writer);
        }

        using var document = JsonDocument.Parse(bytes.ToArray());
        Assert.Equal(3, document.RootElement.GetProperty("ok").GetInt64());
        Assert.Equal(0, document.RootElement.GetProperty("exit_code").GetInt32());
    }

    /// <summary>Says what it has, and then nothing for ever.</summary>
    private sealed class SilentStream(byte[] bytes) : MemoryStream(bytes)
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Done when somebody waits for it.</summary>
        public Task Asked => _asked.Task;

        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Read(buffer.Span);
            if (count == 0)
            {
                _asked.TrySetResult();
                await new TaskCompletionSource().Task;
            }

            return count;
        }
    }

    private sealed class FullStream : MemoryStream
    {
        public override bool CanSeek => false;

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("disk full");
    }
}
