using Penstock.Jobs.Running;
using Xunit;

namespace Penstock.Jobs.Tests.Running;

public sealed class BoundWatchTests
{
    [Fact]
    public void Of_ServerThatIsNotUp_IsWaitedFor()
    {
        var sight = new BoundSight([Server("a", ServerState.Up, 64, 10), Server("b", ServerState.Restarting, 0, 500)], 574, false);
        Assert.Equal(new JobBound(JobBoundKind.ServerDown, "b"), BoundWatch.Of(sight, Capacity));
    }

    [Theory]
    [InlineData(64, 1, true)]
    [InlineData(32, 1, true)]
    [InlineData(31, 1, false)]
    [InlineData(64, 0, false)]
    public void Of_FullWindow_IsToldOnlyIfCallsWait(int inFlight, int waiting, bool isFull)
    {
        var bound = BoundWatch.Of(new BoundSight([Server("a", ServerState.Up, inFlight, waiting)], inFlight + waiting, false), Capacity);
        Assert.Equal(isFull ? new JobBound(JobBoundKind.ServerFull, "a") : null, bound);
    }

    [Fact]
    public void Of_NoServerThatHasCallsWaiting_IsTheInputOnlyIfItIsWaitedFor()
    {
        IReadOnlyList<ServerStatus> servers = [Server("a", ServerState.Up, 3, 0)];
        Assert.Equal(new JobBound(JobBoundKind.Input), BoundWatch.Of(new BoundSight(servers, 3, true), Capacity));
        Assert.Null(BoundWatch.Of(new BoundSight(servers, 3, false), Capacity));
    }

    [Fact]
    public void Of_MostRowsEndedAndUnwritten_IsTheRecords()
    {
        IReadOnlyList<ServerStatus> servers = [Server("a", ServerState.Up, 0, 200)];
        Assert.Equal(new JobBound(JobBoundKind.Records), BoundWatch.Of(new BoundSight(servers, 5000, false), Capacity));
        Assert.Null(BoundWatch.Of(new BoundSight(servers, 900, false), Capacity));
    }

    [Fact]
    public void Look_OneLookOfMany_IsNotTold()
    {
        var watch = new BoundWatch(Capacity);
        var full = new BoundSight([Server("a", ServerState.Up, 64, 1)], 65, false);
        var free = new BoundSight([Server("a", ServerState.Up, 1, 0)], 1, false);
        Assert.Null(watch.Look(full));
        Assert.Null(watch.Look(full));
        Assert.Equal(JobBoundKind.ServerFull, watch.Look(full)?.Kind);
        Assert.NotNull(watch.Look(free));
        Assert.NotNull(watch.Look(free));
        Assert.Null(watch.Look(free));
    }

    private static int Capacity(string server) => 64;

    private static ServerStatus Server(string name, ServerState state, int inFlight, int waiting) =>
        new() { Name = name, State = state, Transport = "fake", InFlight = inFlight, Waiting = waiting, Replicas = 1, ReplicasUp = state == ServerState.Up ? 1 : 0 };
}
