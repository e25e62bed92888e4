using Penstock.Connections;
using Penstock.Servers;
using Penstock.Tests.Calls;
using Penstock.Tests.Protocol;
using Xunit;

namespace Penstock.Tests.Servers;

public sealed class ReplicaPickerProperties
{
    private enum Condition
    {
        Starting,
        Open,
        Full,
        Lost,
    }

    /// <summary>Some replicas are still starting, some are full, some were lost: whatever the dice say, none of them is chosen.</summary>
    [Fact]
    public void Pick_AnyFleet_NeverChoosesAReplicaThatCannotTakeCalls() => Seeds.Check(100, static random =>
    {
        var house = new FakeHouse();
        var submission = new FakeSubmission();
        var wanted = new Condition[random.Next(1, 9)];
        for (var i = 0; i < wanted.Length; i++)
        {
            wanted[i] = (Condition)random.Next(4);
        }

        const int Window = 4;
        var server = Create(house, Window, [.. wanted.Select(static w => w != Condition.Starting)]);
        var channels = new List<Connection>();
        foreach (var replica in server.Replicas)
        {
            if (replica.Connection is { } connection)
            {
                channels.Add(connection);
            }
        }

        // Which replica got which start is chance, and does not matter: as many of each condition as the dice said.
        var open = wanted.Where(static w => w != Condition.Starting).ToArray();
        for (var i = 0; i < open.Length; i++)
        {
            if (open[i] == Condition.Full)
            {
                Assert.Equal(Window, channels[i].Send(house.Calls(submission, Window)));
            }
            else if (open[i] == Condition.Lost)
            {
                channels[i].CloseAsync("lost").GetAwaiter().GetResult();
            }
            else
            {
                channels[i].Send(house.Calls(submission, random.Next(Window)));
            }
        }

        var usable = channels.Where(static c => c.Room > 0).ToHashSet();
        Assert.Equal(open.Count(static w => w == Condition.Open), usable.Count);
        var chosen = new HashSet<Connection>();
        for (var i = 0; i < 300; i++)
        {
            if (ReplicaPicker.Pick(server.Replicas, random) is { } connection)
            {
                Assert.True(connection.Room > 0);
                chosen.Add(connection);
            }
            else
            {
                Assert.Empty(usable);
            }
        }

        // Not yet measured, they cost the same: chance reaches each of them.
        Assert.Equal(usable, chosen);
        server.StopAsync("end of the test").GetAwaiter().GetResult();
        Assert.Equal((0, 0), (house.Cells.Leased, house.Slabs.Leased));
    });

    private static Server Create(FakeHouse house, int window, bool[] comesUp)
    {
        var never = new TaskCompletionSource<CallChannel>();
        var transport = new StartTransport(start =>
            start <= comesUp.Length && comesUp[start - 1] ? Task.FromResult<CallChannel>(new SilentChannel()) : never.Task);
        var server = FakeServers.Create(house, "s", transport, o =>
        {
            o.Replicas = comesUp.Length;
            o.MaxInFlight = window;
        });
        var up = comesUp.Count(static u => u);
        server.Start();
        server.WhenAsync(s => s.GetStatus().ReplicasUp == up).GetAwaiter().GetResult();
        return server;
    }
}
