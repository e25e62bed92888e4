using System.Text;
using Penstock.Calls;
using Penstock.Memory;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.Calls;

public sealed class StreamSubmissionTests
{
    private static readonly CallFault Late = CallFault.Local(FaultType.Timeout, Executed.Maybe, retryable: true);

    private readonly FakeHouse _house = new();
    private readonly MemoryAccount _account = new(1 << 30);
    private readonly PagePool _pages = new(4);
    private readonly BoundedPool<ResultEntry[]> _chunks = new(static () => new ResultEntry[ResultQueue.ChunkLength], 4);
    private readonly StreamSubmission _submission;
    private int _resumed;
    private int _closed;

    public StreamSubmissionTests() => _submission = new StreamSubmission(
        _pages,
        _chunks,
        _account,
        new ExecuteOptions(),
        new ManualTimeProvider(),
        _ => _resumed++,
        _ =>
        {
            _closed++;
            return default;
        });

    [Fact]
    public async Task MoveNextAsync_ResultsThatWait_AreReadInOrderAndThenTheEnd()
    {
        Deliver(0, 700, "{}");
        _submission.EndSource(null);
        for (var i = 0L; i < 700; i++)
        {
            Assert.True(await _submission.MoveNextAsync());
            Assert.Equal(i, _submission.Current.Ordinal);
        }

        Assert.False(await _submission.MoveNextAsync());
        Assert.False(await _submission.MoveNextAsync());
        Assert.Equal((0L, 0L), (_submission.Open, _account.Used));
    }

    [Fact]
    public async Task MoveNextAsync_NothingThere_WaitsForTheNextResultAndForTheEnd()
    {
        var first = _submission.MoveNextAsync().AsTask();
        Assert.False(first.IsCompleted);
        Deliver(0, 1, "{}");
        Assert.True(await Soon(first));

        // The source is at its end, but a call is open: the reader waits on.
        var second = _submission.MoveNextAsync().AsTask();
        _submission.Accept(1);
        _submission.EndSource(null);
        Assert.False(second.IsCompleted);
        DeliverAccepted(1, 1, "{}");
        Assert.True(await Soon(second));
        Assert.False(await _submission.MoveNextAsync());
    }

    [Fact]
    public async Task EndSource_NothingOpen_EndsAWaitingReader()
    {
        var read = _submission.MoveNextAsync().AsTask();
        _submission.EndSource(null);
        Assert.False(await Soon(read));
    }

    [Fact]
    public async Task EndSource_Failure_IsThrownAfterTheResultsOfWhatItYielded()
    {
        Deliver(0, 1, "{}");
        _submission.EndSource(new InvalidDataException("row 2 is torn"));
        Assert.True(await _submission.MoveNextAsync());
        var thrown = await Assert.ThrowsAsync<InvalidDataException>(async () => await _submission.MoveNextAsync());
        Assert.Equal("row 2 is torn", thrown.Message);
    }

    [Fact]
    public async Task Abort_WaitingReader_SeesTheReasonAtOnce()
    {
        _submission.Accept(1);
        var read = _submission.MoveNextAsync().AsTask();
        _submission.Abort(new OperationCanceledException("enough"));
        Assert.True(_submission.IsCancelled);
        Assert.Equal("enough", (await Assert.ThrowsAsync<OperationCanceledException>(() => Soon(read))).Message);
    }

    [Fact]
    public async Task Abort_ResultsThatWait_AreNotReadAnyMore()
    {
        Deliver(0, 600, "{}");
        Assert.True(await _submission.MoveNextAsync());
        _submission.Abort(new OperationCanceledException("enough"));
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            while (await _submission.MoveNextAsync())
            {
            }
        });
    }

    [Fact]
    public async Task Current_Success_HasContentAndTagAndNoArguments()
    {
        Deliver(5, 1, """{"content":[]}""", attempts: 2);
        Assert.True(await _submission.MoveNextAsync());
        var result = _submission.Current;
        Assert.True(result.IsSuccess);
        Assert.Equal((5L, "s/t", 2), (result.Ordinal, result.Tool, result.Attempts));
        Assert.Equal(("""{"content":[]}""", "tag 5", ""), (Text(result.Content), Text(result.Tag), Text(result.Arguments)));
    }

    [Fact]
    public async Task Current_Fault_KeepsTheArgumentsAndSaysWhy()
    {
        Deliver(7, 1, "", outcome: Outcome.Local(Late, "ø: no answer within 10 s"));
        Assert.True(await _submission.MoveNextAsync());
        var result = _submission.Current;
        Assert.Equal((FaultType.Timeout, Executed.Maybe), (result.Fault.Type, result.Fault.Executed));
        Assert.Equal(("ø: no answer within 10 s", "tag 7", """{"n":7}"""), (result.GetText(), Text(result.Tag), Text(result.Arguments)));
    }

    [Fact]
    public async Task Deliver_ReaderThatFallsBehind_StallsUntilItHasReadHalfAndIsToldOnce()
    {
        var content = new string('x', 64 << 10);
        var delivered = 0;
        for (; !_submission.IsStalled; delivered++)
        {
            Assert.InRange(delivered, 0, 100);
            Deliver(delivered, 1, content);
        }

        Assert.InRange(_account.Used, 4 << 20, 5 << 20);
        Assert.Equal(0, _resumed);
        for (var read = 0; read < delivered; read++)
        {
            Assert.True(await _submission.MoveNextAsync());
        }

        _submission.EndSource(null);
        Assert.False(await _submission.MoveNextAsync());
        Assert.Equal((false, 1, 0L), (_submission.IsStalled, _resumed, _account.Used));
    }

    [Fact]
    public async Task Deliver_SmallAccount_StallsAtAQuarterOfIt()
    {
        var submission = new StreamSubmission(
            _pages, _chunks, new MemoryAccount(1 << 20), new ExecuteOptions(), TimeProvider.System, static _ => { }, static _ => default);
        submission.Deliver(Calls(submission, 0, 1), [new Outcome { Ended = true, Length = 100 << 10 }], new byte[100 << 10]);
        Assert.False(submission.IsStalled);
        submission.Deliver(Calls(submission, 1, 2), [new Outcome { Ended = true, Length = 100 << 10 }, new Outcome { Ended = true, Length = 100 << 10 }], new byte[100 << 10]);
        Assert.True(submission.IsStalled);
        await submission.DisposeAsync();
    }

    [Fact]
    public async Task DisposeAsync_ResultsUnread_GivesAllBackAndTakesNoMore()
    {
        Deliver(0, 600, "{}");
        Assert.True(await _submission.MoveNextAsync());
        await _submission.DisposeAsync();
        await _submission.DisposeAsync();
        Deliver(600, 10, "{}");
        Assert.Equal((1, 0L, 0, 0, 0L), (_closed, _account.Used, _pages.Leased, _chunks.Leased, _submission.Open));
    }

    /// <summary>Results come from several connections at once, the reader reads meanwhile: each is read once, and all of it is given back.</summary>
    [Fact]
    public async Task Deliver_FromSeveralThreads_EachResultIsReadOnce()
    {
        const int Threads = 3;
        const int Each = 20_000;
        _submission.Accept(Threads * Each);
        var delivering = Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            for (var i = 0; i < Each;)
            {
                var count = Math.Min(random.Next(1, 60), Each - i);
                DeliverAccepted((thread * Each) + i, count, "{}");
                i += count;
            }
        })).ToList();
        _submission.EndSource(null);
        var seen = new bool[Threads * Each];
        while (await Soon(_submission.MoveNextAsync().AsTask()))
        {
            var ordinal = _submission.Current.Ordinal;
            Assert.False(seen[ordinal]);
            seen[ordinal] = true;
        }

        await Task.WhenAll(delivering);
        Assert.DoesNotContain(false, seen);
        Assert.Equal((0L, 0L), (_submission.Open, _account.Used));
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static Task<bool> Soon(Task<bool> task) => task.WaitAsync(TimeSpan.FromMinutes(2));

    private void Deliver(int first, int count, string content, int attempts = 1, Outcome? outcome = null)
    {
        _submission.Accept(count);
        DeliverAccepted(first, count, content, attempts, outcome);
    }

    private void DeliverAccepted(int first, int count, string content, int attempts = 1, Outcome? outcome = null)
    {
        var source = Encoding.UTF8.GetBytes("before" + content);
        var outcomes = new Outcome[count];
        Array.Fill(outcomes, outcome ?? new Outcome { Ended = true, Offset = 6, Length = source.Length - 6 });
        var slots = Calls(_submission, first, count);
        for (var i = 0; i < count; i++)
        {
            slots[i].Attempts = (byte)attempts;
        }

        _submission.Deliver(slots, outcomes, source);
        for (var i = 0; i < count; i++)
        {
            _house.Cells.Return(ref slots[i].Cell);
        }
    }

    private CallSlot[] Calls(Submission submission, int first, int count)
    {
        var slots = new CallSlot[count];
        for (var i = 0; i < count; i++)
        {
            slots[i] = new CallSlot { Submission = submission, Target = _house.Target, Ordinal = first + i };
            slots[i].Store(Encoding.UTF8.GetBytes($"tag {first + i}"), Encoding.UTF8.GetBytes($$"""{"n":{{first + i}}}"""));
        }

        return slots;
    }
}
