using Penstock.Calls;

namespace Penstock;

/// <summary>Figures of a pipeline.</summary>
public sealed class PipelineMetrics
{
    private readonly Lock _gate = new();
    private readonly Door _door;
    private readonly Func<(long Late, long Garbage)> _oddities;
    private long _measured;
    private double _elapsed;

    internal PipelineMetrics(Door door, Func<(long Late, long Garbage)> oddities)
    {
        _door = door;
        _oddities = oddities;
    }

    /// <summary>The figures at this moment. Whoever has read a result finds its call counted.</summary>
    public PipelineSnapshot Snapshot()
    {
        var (late, garbage) = _oddities();
        var byFault = new long[(int)FaultType.Indeterminate + 1];
        var (ended, retried) = _door.ReadCounts(byFault);
        var faults = new Dictionary<FaultType, long>();
        var succeeded = ended;
        for (var i = 0; i < byFault.Length; i++)
        {
            if (byFault[i] > 0)
            {
                faults.Add((FaultType)i, byFault[i]);
                succeeded -= byFault[i];
            }
        }

        return new PipelineSnapshot
        {
            Ended = ended,
            Accepted = _door.AcceptedCount,
            Succeeded = succeeded,
            Retried = retried,
            LateReplies = late,
            GarbageLines = garbage,
            Faults = faults,
            MeanElapsed = ReadMean(),
        };
    }

    /// <summary>Takes the measure of ended calls, some time after they were counted.</summary>
    internal void Measure(ReadOnlySpan<Outcome> outcomes)
    {
        var elapsed = 0d;
        foreach (ref readonly var outcome in outcomes)
        {
            elapsed += outcome.Elapsed;
        }

        lock (_gate)
        {
            _elapsed += elapsed;
            _measured += outcomes.Length;
        }
    }

    private TimeSpan ReadMean()
    {
        lock (_gate)
        {
            return _measured == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(_elapsed / _measured / _door.Clock.TimestampFrequency);
        }
    }
}

/// <summary>Figures of a pipeline at one moment.</summary>
public sealed record PipelineSnapshot
{
    /// <summary>Calls taken in.</summary>
    public long Accepted { get; init; }

    /// <summary>Calls ended, well or badly. Never more than <see cref="Accepted"/>, and equal to it at rest.</summary>
    public long Ended { get; init; }

    /// <summary>Calls ended well: <see cref="Ended"/> less <see cref="Faults"/>.</summary>
    public long Succeeded { get; init; }

    /// <summary>Attempts beyond the first.</summary>
    public long Retried { get; init; }

    /// <summary>Answers that came after their call had ended.</summary>
    public long LateReplies { get; init; }

    /// <summary>Lines from servers that were no JSON-RPC messages.</summary>
    public long GarbageLines { get; init; }

    /// <summary>Calls ended badly, by fault.</summary>
    public IReadOnlyDictionary<FaultType, long> Faults { get; init; } = new Dictionary<FaultType, long>();

    /// <summary>Mean time from intake to end. Measured shortly after the results are handed out: the newest may be missing.</summary>
    public TimeSpan MeanElapsed { get; init; }
}
