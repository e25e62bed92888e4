namespace Penstock.Jobs.Running;

/// <summary>What is seen of a job at one moment.</summary>
/// <param name="Servers">The servers.</param>
/// <param name="Open">Calls read and not yet recorded.</param>
/// <param name="IsInputWaitedFor">Whether the source waits for bytes.</param>
internal readonly record struct BoundSight(IReadOnlyList<ServerStatus> Servers, long Open, bool IsInputWaitedFor);

/// <summary>
/// Says what holds a job back, or nothing: only what is seen at most of several looks, since at one look a window may be full, or a source
/// waiting, by chance. Used by one thread at a time.
/// </summary>
/// <param name="capacity">How many calls a replica of a server may have in flight.</param>
internal sealed class BoundWatch(Func<string, int> capacity)
{
    /// <summary>Looks that count. At five a second a bound is told within a second.</summary>
    private const int Looks = 5;

    /// <summary>With fewer ended calls than this before the files it is the pace of the reader, and no lag.</summary>
    private const int FewestRecords = 1000;

    private readonly Queue<JobBound?> _seen = new();

    public JobBound? Look(BoundSight sight)
    {
        if (_seen.Count == Looks)
        {
            _seen.Dequeue();
        }

        _seen.Enqueue(Of(sight, capacity));
        foreach (var bound in _seen)
        {
            if (bound is not null && _seen.Count(b => b == bound) > Looks / 2)
            {
                return bound;
            }
        }

        return null;
    }

    /// <summary>What one look shows. Null if it shows nothing that surely binds.</summary>
    public static JobBound? Of(BoundSight sight, Func<string, int> capacity)
    {
        ServerStatus? longest = null;
        long atServers = 0;
        foreach (var server in sight.Servers)
        {
            atServers += server.InFlight + server.Waiting;
            longest = server.Waiting > (longest?.Waiting ?? 0) ? server : longest;
        }

        var ended = sight.Open - atServers;
        if (ended >= FewestRecords && ended > atServers)
        {
            return new JobBound(JobBoundKind.Records);
        }

        if (longest is null)
        {
            return sight.IsInputWaitedFor ? new JobBound(JobBoundKind.Input) : null;
        }

        if (longest.State is ServerState.Starting or ServerState.Restarting)
        {
            return new JobBound(JobBoundKind.ServerDown, longest.Name);
        }

        // Half: a burst of answers has left its gap when the look comes, and calls that wait fill it at once.
        var isFull = longest.State == ServerState.Up && 2L * longest.InFlight >= (long)longest.ReplicasUp * capacity(longest.Name);
        return isFull ? new JobBound(JobBoundKind.ServerFull, longest.Name) : null;
    }
}
