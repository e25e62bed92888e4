namespace Penstock.Jobs.Records;

/// <summary>A job's counts. One writer at a time: <see cref="RecordSink"/> guards it.</summary>
internal sealed class JobTally
{
    private readonly long[] _faults = new long[Enum.GetValues<FaultType>().Length];
    private readonly SortedDictionary<string, ServerTally> _servers = new(StringComparer.Ordinal);

    public long Ok { get; private set; }

    public long Failed { get; private set; }

    public long Retried { get; private set; }

    /// <summary>Rows that ended without ever being a call.</summary>
    public long Bad { get; private set; }

    public LatencyHistogram Latency { get; } = new();

    public IReadOnlyDictionary<string, ServerTally> Servers => _servers;

    public ServerTally Server(string name)
    {
        if (!_servers.TryGetValue(name, out var server))
        {
            _servers.Add(name, server = new ServerTally());
        }

        return server;
    }

    public void Add(FaultType fault, int attempts, TimeSpan elapsed, ServerTally server)
    {
        Retried += Math.Max(0, attempts - 1);
        Latency.Add(elapsed);
        if (fault == FaultType.None)
        {
            Ok++;
            server.Ok++;
        }
        else
        {
            Failed++;
            server.Failed++;
            _faults[(int)fault]++;
        }
    }

    public void AddBadRow()
    {
        Bad++;
        Failed++;
        _faults[(int)FaultType.InvalidParams]++;
    }

    public Dictionary<string, long> Faults() => Enum.GetValues<FaultType>()
        .Where(f => _faults[(int)f] > 0)
        .OrderByDescending(f => _faults[(int)f])
        .ToDictionary(static f => f.ToName(), f => _faults[(int)f]);
}

internal sealed class ServerTally
{
    public long Ok { get; set; }

    public long Failed { get; set; }
}
