using Penstock.Connections;

namespace Penstock.Servers;

/// <summary>
/// Chooses the replica for the next calls: the better of two random ones by calls in flight times latency ("power of two choices",
/// Mitzenmacher 2001), among those with room.
/// </summary>
internal static class ReplicaPicker
{
    public static Connection? Pick(ReadOnlySpan<Replica> replicas, Random random)
    {
        if (replicas.Length == 1)
        {
            return replicas[0].Connection is { Room: > 0 } only ? only : null;
        }

        var first = Next(replicas, random.Next(replicas.Length));
        var second = Next(replicas, random.Next(replicas.Length));
        if (first is null || second is null)
        {
            return first ?? second;
        }

        return Cost(first) <= Cost(second) ? first : second;
    }

    /// <summary>The first replica with room, from <paramref name="start"/> on.</summary>
    private static Connection? Next(ReadOnlySpan<Replica> replicas, int start)
    {
        for (var i = 0; i < replicas.Length; i++)
        {
            if (replicas[(start + i) % replicas.Length].Connection is { Room: > 0 } connection)
            {
                return connection;
            }
        }

        return null;
    }

    // One more than is in flight, so that an idle replica's latency still counts; a replica not yet measured goes first.
    private static double Cost(Connection connection) => (connection.InFlight + 1.0) * connection.Latency;
}
