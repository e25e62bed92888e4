using Xunit;

namespace Penstock.Jobs.Tests.Running;

/// <summary>Jobs that run some of their rows, and how many may fail.</summary>
public sealed class JobSelectionTests : JobRun
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(11)]
    public async Task RunAsync_Limit_RunsTheFirstRows(int limit)
    {
        var summary = await RunAsync("range: 10", new FakeEngine(static (_, _) => Outcome.Ok()), options: new JobRunOptions { Limit = limit });

        Assert.Equal((0, Math.Min(10, limit), 0L, null), (summary.ExitCode, summary.Rows, summary.NotRun, summary.FirstNotRun));
        Assert.Equal(Enumerable.Range(0, Math.Min(10, limit)).Select(static i => (long)i), Rows(Output));
    }

    [Fact]
    public async Task RunAsync_LimitOnAFile_CountsBadRowsAndNotBlankLines()
    {
        Folder.Write("in.jsonl", "{\"n\":0}\n\nbad\n\n{\"n\":2}\n{\"n\":3}\nbad");
        var summary = await RunAsync($"path: {Folder.Of("in.jsonl")}", new FakeEngine(static (_, _) => Outcome.Ok()), options: new JobRunOptions { Limit = 3 });

        Assert.Equal((1, 2, 1, 0L), (summary.ExitCode, summary.Ok, summary.Failed, summary.NotRun));
        Assert.Equal([0, 2], Rows(Output));
        Assert.Equal([1], Rows(Errors));
    }

    [Fact]
    public async Task RunAsync_LimitOnASilentInput_EndsWithoutWaitingForMore()
    {
        using var input = new MemoryStream("{\"n\":0}\n"u8.ToArray());
        await using var silent = new SilentStream(input);
        var summary = await RunAsync("path: '-'", new FakeEngine(static (_, _) => Outcome.Ok()), options: new JobRunOptions { Limit = 1, StandardInput = silent }).WaitAsync(Hang);
        Assert.Equal(1, summary.Ok);
    }

    [Fact]
    public async Task RunAsync_Sample_RunsTheSameRowsOfAFileAndOfARange()
    {
        Folder.Write("in.jsonl", string.Concat(Enumerable.Range(0, 2000).Select(static i => $"{{\"n\":{i}}}\n")));
        var options = new JobRunOptions { Sample = 0.1, Seed = 5, Again = true };
        var summary = await RunAsync($"path: {Folder.Of("in.jsonl")}", new FakeEngine(static (_, _) => Outcome.Ok()), options: options);
        var ofFile = Rows(Output);
        await RunAsync("range: 2000", new FakeEngine(static (_, _) => Outcome.Ok()), options: options);

        Assert.InRange(ofFile.Count, 150, 250);
        Assert.Equal(ofFile, Rows(Output));
        Assert.Equal((ofFile.Count, 0L), (summary.Rows, summary.NotRun));
    }

    [Fact]
    public async Task RunAsync_SampleAndLimit_RunsTheFirstOfTheSample()
    {
        var all = new JobRunOptions { Sample = 0.1, Again = true };
        await RunAsync("range: 1000", new FakeEngine(static (_, _) => Outcome.Ok()), options: all);
        var sample = Rows(Output);
        all.Limit = 7;
        await RunAsync("range: 1000", new FakeEngine(static (_, _) => Outcome.Ok()), options: all);
        Assert.Equal(sample.Take(7), Rows(Output));
    }

    [Fact]
    public async Task RunAsync_StoppedSample_CountsTheRowsOfTheSampleThatWereNotRun()
    {
        var options = new JobRunOptions { Sample = 0.1, Again = true };
        await RunAsync("range: 1000", new FakeEngine(static (_, _) => Outcome.Ok()), options: options);
        var sample = Rows(Output);
        using var stop = new CancellationTokenSource();
        var summary = await RunAsync("range: 1000", new FakeEngine((_, ordinal) => Stop(stop, ordinal == 9)), options: options, stop: stop.Token);

        Assert.Equal((130, 10, sample.Count - 10L), (summary.ExitCode, summary.Rows, summary.NotRun));
        Assert.Equal(sample[9] + 1, summary.FirstNotRun);
    }

    [Theory]
    [InlineData(0, 0.0, 1)]
    [InlineData(2, 0.0, 1)]
    [InlineData(3, 0.0, 0)]
    [InlineData(0, 0.2, 1)]
    [InlineData(0, 0.3, 0)]
    public async Task RunAsync_FailedRows_AreAllowedByNumberOrShare(long rows, double share, int code)
    {
        var engine = new FakeEngine(static (_, ordinal) => ordinal < 3 ? Outcome.Failed(FaultType.Timeout, FaultOrigin.Local, "late") : Outcome.Ok());
        var summary = await RunAsync("range: 10", engine, options: new JobRunOptions { MaxFailures = rows, MaxFailureShare = share });
        Assert.Equal(code, summary.ExitCode);
    }

    [Fact]
    public async Task RunAsync_ShareThatFloatingPointMakesSmaller_AllowsAsManyRowsAsItSays()
    {
        var engine = new FakeEngine(static (_, ordinal) => ordinal < 29 ? Outcome.Failed(FaultType.Timeout, FaultOrigin.Local, "late") : Outcome.Ok());
        Assert.Equal(0, (await RunAsync("range: 100", engine, options: new JobRunOptions { MaxFailureShare = 0.29 })).ExitCode);
    }

    [Fact]
    public void Constructor_OptionOutOfRange_Throws()
    {
        var job = Load("range: 1", call: true, Output);
        JobRunOptions[] wrong =
        [
            new() { Limit = -1 }, new() { Sample = 0 }, new() { Sample = 1.1 }, new() { Sample = double.NaN }, new() { MaxFailures = -1 },
            new() { MaxFailureShare = 2 }, new() { ProgressInterval = TimeSpan.Zero },
        ];
        Assert.All(wrong, o => Assert.Throws<ArgumentOutOfRangeException>(() => new JobRunner(job, o)));
    }

    /// <summary>Says what it has, and then neither more nor that there is none.</summary>
    private sealed class SilentStream(Stream first) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await first.ReadAsync(buffer, cancellationToken);
            if (count == 0)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
