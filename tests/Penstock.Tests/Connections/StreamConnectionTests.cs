using System.IO.Pipelines;
using System.Text.Json;
using Penstock.Connections;
using Penstock.Connections.Stdio;
using Penstock.Protocol;
using Penstock.Tests.Calls;
using Xunit;

namespace Penstock.Tests.Connections;

public sealed class StreamConnectionTests
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    private readonly FakeSubmission _submission = new();

    [Fact]
    public async Task Read_PeerPingsAndNeverReads_EndsTheConnection()
    {
        await using var peer = new StreamPeer(unreadBytes: 1);
        peer.Connection.Send(peer.House.Calls(_submission, 3));
        await peer.SayAsync(Enumerable.Repeat(Ping, DeferredLines.MaxLines + 1));

        var loss = await peer.ClosedAsync();

        Assert.Equal(new ConnectionLoss(false, StreamConnection.UnreadMessage), loss);
        Assert.Equal([0L, 1, 2], _submission.Ended.Select(static e => e.Ordinal).Order());
        Assert.All(_submission.Ended, static e => Assert.Equal((FaultType.Connection, Executed.Maybe), (e.Fault.Type, e.Fault.Executed)));
    }

    [Fact]
    public async Task Read_PeerPingsAndReadsLate_AnswersEveryPing()
    {
        await using var peer = new StreamPeer(unreadBytes: 1);
        peer.Connection.Send(peer.House.Calls(_submission, 1));
        await peer.SayAsync(Enumerable.Repeat(Ping, DeferredLines.MaxLines));
        var id = Assert.Single(await peer.ReadCallsAsync(1));
        for (var i = 0; i < DeferredLines.MaxLines; i++)
        {
            Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{}}""", await peer.ReadLineAsync());
        }

        await peer.SayAsync(StreamPeer.Answer(id));
        await _submission.WaitForEndsAsync(1);
        Assert.Equal(default, _submission.Ended[0].Fault);
    }

    [Fact]
    public async Task Send_PeerReadsSlowly_TakesNothingUntilItHasRead()
    {
        await using var peer = new StreamPeer(unreadBytes: 1);
        Assert.Equal(2, peer.Connection.Send(peer.House.Calls(_submission, 2)));
        Assert.Equal(0, peer.Connection.Room);
        Assert.Equal(0, peer.Connection.Send(peer.House.Calls(new FakeSubmission(), 1)));

        await peer.ReadCallsAsync(2);
        await peer.House.Owner.WaitForRoomAsync();

        Assert.InRange(peer.Connection.Room, 1, 4094);
        Assert.Equal(1, peer.Connection.Send(peer.House.Calls(new FakeSubmission(), 1)));
        await peer.ReadCallsAsync(1);
    }

    [Fact]
    public async Task Read_AnswersThatNobodyWaitsFor_AreCountedAsLate()
    {
        await using var peer = new StreamPeer();
        peer.Connection.Send(peer.House.Calls(_submission, 1));
        var id = Assert.Single(await peer.ReadCallsAsync(1));

        await peer.SayAsync(StreamPeer.Answer(id), StreamPeer.Answer(id), StreamPeer.Answer(id + 1), StreamPeer.Answer(-5));
        await _submission.WaitForEndsAsync(1);

        Assert.Equal((3L, 0L), (peer.Counters.LateReplies, peer.Counters.GarbageLines));
        Assert.Equal((0L, default), Assert.Single(_submission.Ended));
    }

    [Fact]
    public async Task Read_LinesThatAreNoMessages_AreCountedAndPassedOver()
    {
        await using var peer = new StreamPeer();
        peer.Connection.Send(peer.House.Calls(_submission, 1));
        var id = Assert.Single(await peer.ReadCallsAsync(1));

        await peer.SayAsync("listening on stdio", "", "{", """{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}""", StreamPeer.Answer(id));
        await _submission.WaitForEndsAsync(1);

        Assert.Equal((0L, 3L), (peer.Counters.LateReplies, peer.Counters.GarbageLines));
        Assert.Equal((0L, default), Assert.Single(_submission.Ended));
    }

    [Fact]
    public async Task Read_LineAboveTheLimit_EndsItsCallOrIsCountedAsLate()
    {
        await using var peer = new StreamPeer(maxResponseBytes: 200);
        peer.Connection.Send(peer.House.Calls(_submission, 2));
        var ids = await peer.ReadCallsAsync(2);
        var request = peer.Connection.RequestAsync(ControlMessages.Discover, CancellationToken.None);
        using var ping = JsonDocument.Parse((await peer.ReadLineAsync())!);

        await peer.SayAsync(Long(ids[0]), Long(ids[0]), Long(ping.RootElement.GetProperty("id").GetInt64()), StreamPeer.Answer(ids[1]));
        await _submission.WaitForEndsAsync(2);

        Assert.Equal(1, peer.Counters.LateReplies);
        Assert.Equal((0L, CallFault.Local(FaultType.Protocol, Executed.Maybe)), _submission.Ended[0]);
        Assert.Equal((1L, default), _submission.Ended[1]);
        Assert.Contains("longer than 200 bytes", (await Assert.ThrowsAsync<IOException>(() => request)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_LineAboveTheLimitWithoutAnId_EndsTheConnection()
    {
        await using var peer = new StreamPeer(maxResponseBytes: 200);
        peer.Connection.Send(peer.House.Calls(_submission, 1));

        await peer.SayAsync(new string('x', 500));

        Assert.Contains("more than 200 bytes without an id", (await peer.ClosedAsync()).Message, StringComparison.Ordinal);
        Assert.Equal((FaultType.Connection, Executed.Maybe), (_submission.Ended[0].Fault.Type, _submission.Ended[0].Fault.Executed));
    }

    [Fact]
    public async Task Read_LastLineWithoutNewline_IsStillAnAnswer()
    {
        await using var peer = new StreamPeer();
        peer.Connection.Send(peer.House.Calls(_submission, 2));
        var ids = await peer.ReadCallsAsync(2);

        await peer.WriteAsync(StreamPeer.Answer(ids[1]));
        await peer.HangUpAsync();

        Assert.Equal("the server closed the connection", (await peer.ClosedAsync()).Message);
        Assert.Equal((1L, default), _submission.Ended[0]);
        Assert.Equal((0L, FaultType.Connection), (_submission.Ended[1].Ordinal, _submission.Ended[1].Fault.Type));
    }

    [Fact]
    public async Task Cancel_OneOfTwoSubmissions_EndsItsCallsAndTellsTheServer()
    {
        await using var peer = new StreamPeer();
        var other = new FakeSubmission();
        peer.Connection.Send(peer.House.Calls(_submission, 1));
        peer.Connection.Send(peer.House.Calls(other, 1));
        var ids = await peer.ReadCallsAsync(2);

        peer.Connection.Cancel(_submission);

        Assert.Equal($$$"""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{{{ids[0]}}},"reason":"cancelled"}}""", await peer.ReadLineAsync());
        Assert.Equal((0L, CallFault.Local(FaultType.Cancelled, Executed.Maybe)), Assert.Single(_submission.Ended));
        await peer.SayAsync(StreamPeer.Answer(ids[0]), StreamPeer.Answer(ids[1]));
        await other.WaitForEndsAsync(1);
        Assert.Equal(1, peer.Counters.LateReplies);
        Assert.Single(_submission.Ended);
    }

    [Theory]
    [InlineData(500, long.MaxValue)]
    [InlineData(60_000, 500)]
    public async Task Tick_TimeoutOrDeadlinePasses_EndsTheCallAndTellsTheServer(int timeoutMs, long deadlineMs)
    {
        await using var peer = new StreamPeer();
        var calls = peer.House.Calls(_submission, 1, timeoutMs);
        calls[0].Deadline = deadlineMs == long.MaxValue ? deadlineMs : deadlineMs * TimeSpan.TicksPerMillisecond;
        peer.Connection.Send(calls);
        var id = Assert.Single(await peer.ReadCallsAsync(1));

        peer.Clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Empty(_submission.Ended);
        peer.Clock.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal((0L, CallFault.Local(FaultType.Timeout, Executed.Maybe, retryable: true)), Assert.Single(_submission.Ended));
        Assert.Equal($$$"""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{{{id}}},"reason":"timeout"}}""", await peer.ReadLineAsync());
        Assert.Equal(0, peer.Connection.InFlight);
    }

    [Fact]
    public async Task Read_PeerDiesInMidBurst_GivesBackWhatHasNotWhollyLeft()
    {
        var house = new FakeHouse();
        var (input, output) = Descriptor.CreatePipe();
        var answers = new Pipe();
        var stream = new DyingStream(answers.Reader, new PipeFdWriter(output, PipePoller.Shared));
        var connection = new StreamConnection(stream, house.Door, house.Owner, new ConnectionLimits(4096, 0, 1 << 20, new ConnectionCounters()))
        {
            Era = ProtocolEra.Legacy,
        };
        connection.Start();

        // More than the pipe holds: some lines are read, some lie in it, some are not even in it.
        var calls = house.Calls(_submission, 4096, timeoutMs: 3_600_000);
        var sent = 0;
        while (sent < calls.Length && connection.Send(calls.AsSpan(sent, 256)) is var taken and > 0)
        {
            sent += taken;
        }

        Assert.InRange(sent, 512, calls.Length - 1);
        var read = new byte[10_000];
        var count = input.Read(read);
        var lines = read.AsSpan(0, count).Count((byte)'\n');
        Assert.NotEqual((byte)'\n', read[count - 1]);
        input.Dispose();
        await answers.Writer.CompleteAsync();
        await connection.Closed.WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(Enumerable.Range(0, lines).Select(static i => (long)i), _submission.Ended.Select(static e => e.Ordinal).Order());
        Assert.All(_submission.Ended, static e => Assert.Equal((FaultType.Connection, Executed.Maybe), (e.Fault.Type, e.Fault.Executed)));
        Assert.Equal(Enumerable.Range(lines, sent - lines).Select(static i => (long)i), house.Owner.UnsentCalls.Select(static c => c.Ordinal).Order());
        Assert.All(house.Owner.UnsentCalls, static c => Assert.Equal(0, c.Attempts));
        Assert.Equal((0, 0), (connection.InFlight, house.Slabs.Leased));
    }

    [Theory]
    [InlineData("hangs up")]
    [InlineData("talks nonsense")]
    [InlineData("is removed")]
    public async Task Read_SlowPeerIsLost_WhatItStillReceivesIsNotGivenBack(string how)
    {
        var house = new FakeHouse();
        var (input, output) = Descriptor.CreatePipe();
        var answers = new Pipe();
        var received = 0;
        var sent = 0;
        var stream = new DyingStream(answers.Reader, new PipeFdWriter(output, PipePoller.Shared), () =>
        {
            // The peer reads on, until nothing more can come.
            var read = new byte[10_000];
            while (received < sent && input.Read(read) is var count and > 0)
            {
                received += read.AsSpan(0, count).Count((byte)'\n');
            }
        });
        var connection = new StreamConnection(stream, house.Door, house.Owner, new ConnectionLimits(4096, 0, 1000, new ConnectionCounters()))
        {
            Era = ProtocolEra.Legacy,
        };
        connection.Start();
        var calls = house.Calls(_submission, 4096, timeoutMs: 3_600_000);
        while (sent < calls.Length && connection.Send(calls.AsSpan(sent, 256)) is var taken and > 0)
        {
            sent += taken;
        }

        switch (how)
        {
            case "hangs up":
                await answers.Writer.CompleteAsync();
                break;
            case "talks nonsense":
                await answers.Writer.WriteAsync(new byte[2000]);
                await answers.Writer.WriteAsync("\n"u8.ToArray());
                break;
            default:
                _ = connection.CloseAsync("removed");
                break;
        }

        await connection.Closed.WaitAsync(TimeSpan.FromMinutes(1));
        input.Dispose();

        Assert.InRange(received, 1, _submission.Ended.Count);
        Assert.Equal(sent, _submission.Ended.Count + house.Owner.UnsentCalls.Count);
        Assert.Equal((0, 0), (connection.InFlight, house.Slabs.Leased));
    }

    [Fact]
    public async Task Read_OnlyTheLastNewlineHasNotLeft_TheCallMayHaveBeenExecuted()
    {
        var output = new ForeignWriter { Unsent = 1 };
        await using var peer = new StreamPeer(output: output);
        peer.Connection.Send(peer.House.Calls(_submission, 2));

        await peer.HangUpAsync();
        await peer.ClosedAsync();

        Assert.Equal([0L, 1], _submission.Ended.Select(static e => e.Ordinal).Order());
        Assert.Empty(peer.House.Owner.UnsentCalls);
    }

    [Fact]
    public async Task Read_AnswerToALineThatIsNotWrittenYet_IsCountedAsLate()
    {
        var output = new ForeignWriter();
        await using var peer = new StreamPeer(output: output);
        const long Second = (1L << PendingCalls.IndexBits) | 1;
        output.BeforeSpan = number =>
        {
            if (number == 2)
            {
                peer.SayAsync(StreamPeer.Answer(Second)).GetAwaiter().GetResult();
                SpinWait.SpinUntil(() => peer.Counters.LateReplies + _submission.Ended.Count > 0, TimeSpan.FromMinutes(1));
            }
        };
        peer.Connection.Send(peer.House.Calls(_submission, 2));

        Assert.Equal((1L, 0), (peer.Counters.LateReplies, _submission.Ended.Count));
        await peer.SayAsync(StreamPeer.Answer(Second));
        await _submission.WaitForEndsAsync(1);
        Assert.Equal((1L, default), Assert.Single(_submission.Ended));
    }

    [Fact]
    public async Task Cancel_ManyCallsAtOnce_TellsTheServerWithOneFlush()
    {
        var output = new ForeignWriter();
        await using var peer = new StreamPeer(output: output);
        peer.Connection.Send(peer.House.Calls(_submission, 100));
        Assert.Equal(1, output.Flushes);

        peer.Connection.Cancel(_submission);

        Assert.Equal(100, _submission.Ended.Count);
        Assert.Equal(2, output.Flushes);
        Assert.Equal(100, System.Text.Encoding.UTF8.GetString(output.Written.WrittenSpan).Split("notifications/cancelled").Length - 1);
    }

    [Fact]
    public async Task Read_AnswersThatCannotBeRead_EndTheirCallsAtOnce()
    {
        await using var peer = new StreamPeer();
        peer.Connection.Send(peer.House.Calls(_submission, 3));
        var ids = await peer.ReadCallsAsync(3);
        var request = peer.Connection.RequestAsync(ControlMessages.Discover, CancellationToken.None);
        using var ping = JsonDocument.Parse((await peer.ReadLineAsync())!);

        await peer.SayAsync(
            Deep(ids[0]),
            $$$"""{"jsonrpc":"2.0","id":{{{ids[1]}}}}""",
            Deep(ping.RootElement.GetProperty("id").GetInt64()),
            Deep(ids[0]),
            $$$"""{"level":"info","id":{{{ids[2]}}},"msg":"called"}""",
            StreamPeer.Answer(ids[2]));
        await _submission.WaitForEndsAsync(3);

        var fault = CallFault.Local(FaultType.Protocol, Executed.Maybe);
        Assert.Equal([(0L, fault), (1L, fault), (2L, default)], _submission.Ended);
        Assert.Contains("cannot be read", (await Assert.ThrowsAsync<IOException>(() => request)).Message, StringComparison.Ordinal);
        Assert.Equal((1L, 1L), (peer.Counters.LateReplies, peer.Counters.GarbageLines));
    }

    [Fact]
    public async Task Read_StreamEndsInMidAnswer_TheCallEndsWithTheConnection()
    {
        await using var peer = new StreamPeer();
        peer.Connection.Send(peer.House.Calls(_submission, 1));
        var id = Assert.Single(await peer.ReadCallsAsync(1));

        await peer.WriteAsync(StreamPeer.Answer(id)[..^3]);
        await peer.HangUpAsync();
        await peer.ClosedAsync();

        Assert.Equal(FaultType.Connection, Assert.Single(_submission.Ended).Fault.Type);
    }

    private static string Deep(long id) => $$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{"content":{{{new string('[', 100)}}}{{{new string(']', 100)}}}}}""";

    private static string Long(long id) => $$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{"content":["{{{new string('x', 300)}}}"]}}""";

    private sealed class DyingStream(PipeReader input, PipeFdWriter output, Action? beforeDispose = null) : ByteStream(new Duplex(input, output))
    {
        public override ValueTask DisposeAsync()
        {
            beforeDispose?.Invoke();
            return base.DisposeAsync();
        }

        public override ValueTask WaitForEndAsync()
        {
            output.SuspectPeer();
            return default;
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
