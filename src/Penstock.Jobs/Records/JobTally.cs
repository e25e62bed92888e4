namespace Penstock.Jobs.Records;

/// <summary>A job's counts. One writer at a time: <see cref="RecordSink"/> guards it.</summary>
internal sealed class JobTally
{
    private readonly long[] _faults = new long[Enum.GetValues<FaultType>().Length];
    private readonly long[] _keptFaults = new long[Enum.GetValues<FaultType>().Length];
    private readonly SortedDictionary<string, RowCounts> _servers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ToolTally> _tools = new(StringComparer.Ordinal);
    private readonly LatencyHistogram _otherTools = new();

    /// <summary>Tools that are told apart, 11 KB each: rows may name any number of them.</summary>
    public const int MostTools = 256;

    /// <summary>Servers that rows name and that there are not: so many are told apart.</summary>
    private const int MostUnknown = 64;

    private const string OtherServers = "(others)";

    /// <summary>The counts whose records are known to be in the files: a block that cannot be written takes its rows with it.</summary>
    private long _keptOk;
    private long _keptFailed;
    private long _keptBad;
    private int _known;

    public long Ok { get; private set; }

    public long Failed { get; private set; }

    public long Retried { get; private set; }

    /// <summary>Rows that ended without ever being a call.</summary>
    public long Bad { get; private set; }

    public FaultReasons Reasons { get; } = new();

    public IReadOnlyDictionary<string, RowCounts> Servers => _servers;

    /// <summary>Has a server of the job counted, even if it gets no row.</summary>
    public void Know(string server) => _known += _servers.TryAdd(server, new RowCounts()) ? 1 : 0;

    public RowCounts Server(string name)
    {
        name = _servers.Count < _known + MostUnknown || _servers.ContainsKey(name) ? name : OtherServers;
        if (!_servers.TryGetValue(name, out var server))
        {
            _servers.Add(name, server = new RowCounts());
        }

        return server;
    }

    public ToolTally Tool(string name, string server)
    {
        if (!_tools.TryGetValue(name, out var tool))
        {
            var isOwn = _tools.Count < MostTools;
            tool = new ToolTally(Server(server), isOwn ? new LatencyHistogram() : _otherTools);
            if (isOwn)
            {
                _tools.Add(name, tool);
            }
        }

        return tool;
    }

    public void Add(FaultType fault, int attempts, TimeSpan elapsed, ToolTally tool)
    {
        Retried += Math.Max(0, attempts - 1);
        if (attempts > 0)
        {
            // A call that was refused here took no time that says anything of a server.
            tool.Latency.Add(elapsed);
        }

        if (fault == FaultType.None)
        {
            Ok++;
            tool.Counts.Ok++;
            tool.Server.Ok++;
        }
        else
        {
            Failed++;
            tool.Counts.Failed++;
            tool.Server.Failed++;
            _faults[(int)fault]++;
        }
    }

    public void AddBadRow(long row, string message)
    {
        Reasons.Add(FaultType.InvalidParams, row, message);
        Bad++;
        Failed++;
        _faults[(int)FaultType.InvalidParams]++;
    }

    /// <summary>Takes the counts of successes as written.</summary>
    public void KeepOk()
    {
        _keptOk = Ok;
        foreach (var counts in Counts())
        {
            counts.KeptOk = counts.Ok;
        }
    }

    /// <summary>Takes the counts of failures as written.</summary>
    public void KeepFailed()
    {
        (_keptFailed, _keptBad) = (Failed, Bad);
        _faults.CopyTo(_keptFaults, 0);
        Reasons.Keep();
        foreach (var counts in Counts())
        {
            counts.KeptFailed = counts.Failed;
        }
    }

    /// <summary>Goes back to the successes that were written.</summary>
    /// <returns>How many were not.</returns>
    public long LoseOk()
    {
        var lost = Ok - _keptOk;
        Ok = _keptOk;
        foreach (var counts in Counts())
        {
            counts.Ok = counts.KeptOk;
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
        Reasons.Lose();
        foreach (var counts in Counts())
        {
            counts.Failed = counts.KeptFailed;
        }

        return lost;
    }

    public Dictionary<string, FaultCount> Faults() => Enum.GetValues<FaultType>()
        .Where(f => _faults[(int)f] > 0)
        .OrderByDescending(f => _faults[(int)f])
        .ToDictionary(static f => f.ToName(), f => new FaultCount(_faults[(int)f], Reasons.Of(f)));

    /// <summary>Times of calls that were written to a server.</summary>
    public LatencyHistogram Latency()
    {
        var all = new LatencyHistogram();
        all.Add(_otherTools);
        foreach (var tool in _tools.Values)
        {
            all.Add(tool.Latency);
        }

        return all;
    }

    /// <summary>The tools that are told apart, slowest first.</summary>
    public IReadOnlyList<ToolCounts> Tools() =>
    [
        .. _tools
            .Select(static t => new ToolCounts(
                t.Key, t.Value.Counts.Ok + t.Value.Counts.Failed, t.Value.Counts.Failed, t.Value.Latency.Percentile(0.5), t.Value.Latency.Percentile(0.99)))
            .OrderByDescending(static t => t.LatencyP99)
            .ThenBy(static t => t.Name, StringComparer.Ordinal),
    ];

    private IEnumerable<RowCounts> Counts() => _servers.Values.Concat(_tools.Values.Select(static t => t.Counts));
}

/// <summary>Counts of rows of one kind.</summary>
internal sealed class RowCounts
{
    public long Ok { get; set; }

    public long Failed { get; set; }

    /// <summary>Of <see cref="Ok"/>, those whose records are in the file; and so below.</summary>
    public long KeptOk { get; set; }

    public long KeptFailed { get; set; }
}

/// <summary>One tool's counts.</summary>
/// <param name="server">Its server's, which its calls count among.</param>
/// <param name="latency">Times of its calls that were written; shared by the tools that are not told apart.</param>
internal sealed class ToolTally(RowCounts server, LatencyHistogram latency)
{
    public RowCounts Counts { get; } = new();

    public RowCounts Server { get; } = server;

    public LatencyHistogram Latency { get; } = latency;
}
