namespace Penstock.Jobs.Records;

/// <summary>A job's counts. One writer at a time: <see cref="RecordSink"/> guards it.</summary>
internal sealed class JobTally
{
    private readonly long[] _faults = new long[Enum.GetValues<FaultType>().Length];
    private readonly long[] _keptFaults = new long[Enum.GetValues<FaultType>().Length];
    private readonly SortedDictionary<string, ServerTally> _servers = new(StringComparer.Ordinal);

    /// <summary>The counts whose records are known to be in the files: a block that cannot be written takes its rows with it.</summary>
    private long _keptOk;
    private long _keptFailed;
    private long _keptBad;

    public long Ok { get; private set; }

    public long Failed { get; private set; }

    public long Retried { get; private set; }

    /// <summary>Rows that ended without ever being a call.</summary>
    public long Bad { get; private set; }

    /// <summary>Times of calls that were written to a server.</summary>
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
        if (attempts > 0)
        {
            // A call that was refused here took no time that says anything of a server.
            Latency.Add(elapsed);
        }

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

    /// <summary>Takes the counts of successes as written.</summary>
    public void KeepOk()
    {
        _keptOk = Ok;
        foreach (var server in _servers.Values)
        {
            server.KeptOk = server.Ok;
        }
    }

    /// <summary>Takes the counts of failures as written.</summary>
    public void KeepFailed()
    {
        (_keptFailed, _keptBad) = (Failed, Bad);
        _faults.CopyTo(_keptFaults, 0);
        foreach (var server in _servers.Values)
        {
            server.KeptFailed = server.Failed;
        }
    }

    /// <summary>Goes back to the successes that were written.</summary>
    /// <returns>How many were not.</returns>
    public long LoseOk()
    {
        var lost = Ok - _keptOk;
        Ok = _keptOk;
        foreach (var server in _servers.Values)
        {
            server.Ok = server.KeptOk;
        }

        return lost;
    }

    /// <summary>Goes back to the failures that were written.</summary>
    /// <returns>How many were not.</returns>
    public long LoseFailed()
    {
        var lost = Failed - _keptFailed;
        (Failed, Bad) = (_keptFailed, _keptBad);
        _keptFaults.CopyTo(_faults, 0);
        foreach (var server in _servers.Values)
        {
            server.Failed = server.KeptFailed;
        }

        return lost;
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

    /// <summary>Of <see cref="Ok"/>, those whose records are in the file; and so below.</summary>
    public long KeptOk { get; set; }

    public long KeptFailed { get; set; }
}
