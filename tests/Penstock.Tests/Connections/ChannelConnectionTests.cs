using Penstock.Connections;
using Penstock.Tests.Calls;
using Xunit;

namespace Penstock.Tests.Connections;

public sealed class ChannelConnectionTests
{
    [Fact]
    public async Task Send_ChannelThrows_CallsNotGivenGoBackAndTheRestEndOnce()
    {
        var house = new FakeHouse();
        var submission = new FakeSubmission();
        var connection = new ChannelConnection(new ThrowingChannel(takes: 3), house.Door, house.Owner, new ConnectionLimits(64, 0, 1 << 20, new ConnectionCounters()));

        Assert.Equal(10, connection.Send(house.Calls(submission, 10)));
        await connection.Closed.WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal([0L, 1, 2, 3], submission.Ended.Select(static e => e.Ordinal).Order());
        Assert.All(submission.Ended, static e => Assert.Equal((FaultType.Connection, Executed.Maybe), (e.Fault.Type, e.Fault.Executed)));
        Assert.Equal([4L, 5, 6, 7, 8, 9], house.Owner.UnsentCalls.Select(static c => c.Ordinal));
        Assert.All(house.Owner.UnsentCalls, static c => Assert.Equal(0, c.Attempts));
        Assert.Equal((0, 0, 6), (connection.InFlight, house.Slabs.Leased, house.Cells.Leased));
        Assert.Equal(0, connection.Send(house.Calls(submission, 1)));
    }

    [Fact]
    public async Task CloseAsync_AbortAndDisposeThrow_CallsEndCancelledAndClosedCompletes()
    {
        var house = new FakeHouse();
        var submission = new FakeSubmission();
        var connection = new ChannelConnection(new ThrowingChannel(takes: int.MaxValue), house.Door, house.Owner, new ConnectionLimits(64, 0, 1 << 20, new ConnectionCounters()));
        connection.Send(house.Calls(submission, 5));

        await connection.CloseAsync("removed");

        Assert.True(connection.Closed.IsCompletedSuccessfully);
        Assert.Equal(5, submission.Ended.Count);
        Assert.All(submission.Ended, static e => Assert.Equal(FaultType.Cancelled, e.Fault.Type));
        Assert.Equal((0, 0), (house.Slabs.Leased, house.Cells.Leased));
    }

    [Theory]
    [InlineData(FaultType.None, Executed.No, FaultOrigin.Local)]
    [InlineData((FaultType)200, Executed.No, FaultOrigin.Local)]
    [InlineData(FaultType.Timeout, (Executed)9, FaultOrigin.Local)]
    [InlineData(FaultType.Timeout, Executed.No, (FaultOrigin)9)]
    public void Fail_NoFault_IsRefusedAndTheCallStaysOpen(FaultType type, Executed executed, FaultOrigin origin)
    {
        var house = new FakeHouse();
        var submission = new FakeSubmission();
        var channel = new QuietChannel();
        var connection = new ChannelConnection(channel, house.Door, house.Owner, new ConnectionLimits(64, 0, 1 << 20, new ConnectionCounters()));
        connection.Send(house.Calls(submission, 1));

        Assert.Throws<ArgumentException>(() => channel.Fail(new CallFault(type, executed, origin, false), "why"));
        Assert.Throws<ArgumentNullException>(() => channel.Fail(CallFault.Local(FaultType.Timeout, Executed.No), null!));
        Assert.Empty(submission.Ended);

        channel.Fail(CallFault.Local(FaultType.Unavailable, Executed.No), "why");
        Assert.Equal(FaultType.Unavailable, Assert.Single(submission.Ended).Fault.Type);
    }

    [Fact]
    public void Complete_CallThatHasEnded_IsCountedAsLate()
    {
        var house = new FakeHouse();
        var submission = new FakeSubmission();
        var counters = new ConnectionCounters();
        var channel = new TwiceChannel();
        var connection = new ChannelConnection(channel, house.Door, house.Owner, new ConnectionLimits(64, 0, 1 << 20, counters));

        connection.Send(house.Calls(submission, 3));

        Assert.Equal(3, submission.Ended.Count);
        Assert.Equal(3, counters.LateReplies);
    }

    [Fact]
    public async Task Break_UnderTheLockThatSendTakes_NeitherWaitsForTheOther()
    {
        var house = new FakeHouse();
        var submission = new FakeSubmission();
        using var isSending = new ManualResetEventSlim();
        var gate = new object();
        var channel = new OpenChannel(_ =>
        {
            isSending.Set();
            lock (gate)
            {
            }
        });
        var connection = new ChannelConnection(channel, house.Door, house.Owner, new ConnectionLimits(64, 0, 1 << 20, new ConnectionCounters()));
        Task<int> send;
        lock (gate)
        {
            send = Task.Run(() => connection.Send(house.Calls(submission, 3)));
            isSending.Wait();
            AssertEnds(Task.Run(() => channel.End("broken")), "Break waits for Send");
        }

        Assert.Equal(3, await send.WaitAsync(TimeSpan.FromMinutes(1)));
        await connection.Closed.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(3, submission.Ended.Count + house.Owner.UnsentCalls.Count);
        Assert.Equal((0, 0), (connection.InFlight, house.Slabs.Leased));
    }

    [Fact]
    public async Task Break_BeforeTheConnectionIsThere_ClosesItAtOnce()
    {
        var house = new FakeHouse();
        var channel = new OpenChannel(static _ => { });
        channel.End("the socket closed");

        var connection = new ChannelConnection(channel, house.Door, house.Owner, new ConnectionLimits(64, 0, 1 << 20, new ConnectionCounters()));

        Assert.Equal("the socket closed", (await connection.Closed.WaitAsync(TimeSpan.FromMinutes(1))).Message);
        Assert.Equal(0, connection.Send(house.Calls(new FakeSubmission(), 1)));
    }

    [Fact]
    public void Cancel_WhileCallsAreBeingSent_EndsNoneThatIsStillToBeGiven()
    {
        var house = new FakeHouse();
        var submission = new FakeSubmission();
        ChannelConnection? connection = null;
        var given = 0;
        var endedAtGiving = new List<int>();
        var channel = new OpenChannel(_ =>
        {
            endedAtGiving.Add(submission.Ended.Count);
            if (++given == 2)
            {
                connection!.Cancel(submission);
            }
        });
        connection = new ChannelConnection(channel, house.Door, house.Owner, new ConnectionLimits(64, 0, 1 << 20, new ConnectionCounters()));

        connection.Send(house.Calls(submission, 4));
        Assert.Equal([0, 0, 1, 1], endedAtGiving);
        connection.Cancel(submission);

        Assert.Equal(4, submission.Ended.Count);
        Assert.Equal((0, 0, 0), (connection.InFlight, house.Slabs.Leased, house.Cells.Leased));
    }

    [Fact]
    public async Task BeginCompletions_WhileAnotherBurstIsOpen_DoesNotWait()
    {
        var house = new FakeHouse();
        var submission = new FakeSubmission();
        var ids = new List<long>();
        var channel = new OpenChannel(ids.Add);
        var connection = new ChannelConnection(channel, house.Door, house.Owner, new ConnectionLimits(64, 0, 1 << 20, new ConnectionCounters()));
        connection.Send(house.Calls(submission, 2));

        channel.Complete(ids[0], () => AssertEnds(Task.Run(() => channel.Complete(ids[1])), "one burst waits for the other"));

        Assert.Equal([1L, 0], submission.Ended.Select(static e => e.Ordinal));
        Assert.Equal(2, connection.Answered);
        await connection.CloseAsync("over");
        Assert.Equal((0, 0, 0), (connection.InFlight, house.Slabs.Leased, house.Cells.Leased));
    }

    // Where nothing can be awaited: under a lock, in a burst.
    private static void AssertEnds(Task task, string otherwise) =>
        Assert.True(SpinWait.SpinUntil(() => task.IsCompleted, TimeSpan.FromMinutes(1)), otherwise);

    private sealed class OpenChannel(Action<long> onSend) : CallChannel
    {
        public override IReadOnlyList<ToolDescription> Tools => [];

        public void End(string reason) => Break(reason);

        public void Complete(long id, Action? before = null)
        {
            using var burst = BeginCompletions();
            burst.Complete(id, "{}"u8);
            before?.Invoke();
        }

        protected internal override void Send(OutboundCall call) => onSend(call.Id);
    }

    private sealed class TwiceChannel : CallChannel
    {
        public override IReadOnlyList<ToolDescription> Tools => [];

        protected internal override void Send(OutboundCall call)
        {
            using var burst = BeginCompletions();
            burst.Complete(call.Id, "{}"u8);
            burst.Complete(call.Id, "{}"u8);
        }
    }

    private sealed class QuietChannel : CallChannel
    {
        private long _id;

        public override IReadOnlyList<ToolDescription> Tools => [];

        public void Fail(CallFault fault, string message)
        {
            using var burst = BeginCompletions();
            burst.Fail(_id, fault, message);
        }

        protected internal override void Send(OutboundCall call) => _id = call.Id;
    }

    private sealed class ThrowingChannel(int takes) : CallChannel
    {
        private int _taken;

        public override IReadOnlyList<ToolDescription> Tools => [];

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            throw new InvalidOperationException("cannot be disposed");
        }

        protected internal override void Send(OutboundCall call)
        {
            if (_taken++ >= takes)
            {
                throw new InvalidOperationException("no more");
            }
        }

        protected internal override void Abort(long id) => throw new InvalidOperationException("cannot be aborted");
    }
}
