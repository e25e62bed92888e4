using Penstock.Connections;
using Xunit;

namespace Penstock.Tests.Connections;

public sealed class StragglersTests
{
    private const int Window = 8;

    private readonly Stragglers _stragglers = new(Window, most: 100);

    [Fact]
    public void Mark_CallBelow100Ms_StaysInTheCount()
    {
        Answer(tick: 1000, calls: 20);
        _stragglers.Opened(1000, 1);

        _stragglers.Mark(1006, medianTicks: 0.1);

        Assert.Equal(0, _stragglers.Count);
    }

    [Fact]
    public void Mark_CallOfTenMedians_LeavesTheCountUntilItEnds()
    {
        Answer(tick: 1000, calls: 20);
        _stragglers.Opened(1000, 1);
        _stragglers.Mark(1100, medianTicks: 10);
        Assert.Equal(0, _stragglers.Count);

        _stragglers.Mark(1102, medianTicks: 10);
        Assert.Equal(1, _stragglers.Count);

        _stragglers.Released(1000);
        Assert.Equal(0, _stragglers.Count);
    }

    [Fact]
    public void Mark_NothingWasEverAnswered_NoCallIsLateBesideItsPeers()
    {
        _stragglers.Opened(1000, Window);

        _stragglers.Mark(5000, medianTicks: 0);

        Assert.Equal(0, _stragglers.Count);
    }

    [Fact]
    public void Mark_ServerStalls_AtMostOneMoreWindowIsSent()
    {
        for (var tick = 1000L; tick < 1100; tick++)
        {
            Answer(tick, calls: 50);
            _stragglers.Mark(tick, medianTicks: 1);
        }

        var open = 0;
        for (var tick = 1100L; tick < 3000; tick++)
        {
            var room = Window - (open - _stragglers.Count);
            _stragglers.Opened(tick, room);
            open += room;
            _stragglers.Mark(tick, medianTicks: 1);
        }

        // The store holds a window's worth of answers, and the last tick's: no more calls leave the count than that.
        Assert.InRange(open, Window, (2 * Window) + 50);
        Assert.Equal(open - Window, _stragglers.Count);
    }

    [Fact]
    public void Count_MoreThanMayBeLeftOut_StaysAtTheMost()
    {
        var stragglers = new Stragglers(window: 1000, most: 3);
        stragglers.Opened(1000, 20);
        for (var i = 0; i < 10; i++)
        {
            stragglers.Released(1000);
        }

        stragglers.Mark(1100, medianTicks: 0);

        Assert.Equal(3, stragglers.Count);
    }

    [Fact]
    public void Mark_PeersTakeMinutes_ACallOlderThanTheHistoryIsNotLate()
    {
        Answer(tick: 1000, calls: 20);
        _stragglers.Opened(1000, 4);
        _stragglers.Opened(9000, 4);

        _stragglers.Mark(9000, medianTicks: 2000);

        Assert.Equal(0, _stragglers.Count);
        _stragglers.Released(1000);
        _stragglers.Mark(9000, medianTicks: 1);
        Assert.Equal(3, _stragglers.Count);
    }

    private void Answer(long tick, int calls)
    {
        _stragglers.Opened(tick, calls);
        for (var i = 0; i < calls; i++)
        {
            _stragglers.Released(tick);
        }
    }
}
