namespace Penstock;

/// <summary>Figures of a pipeline.</summary>
public sealed class PipelineMetrics
{
    internal PipelineMetrics()
    {
    }

    /// <summary>The figures at this moment.</summary>
    public PipelineSnapshot Snapshot() => throw new NotImplementedException();
}

/// <summary>Figures of a pipeline at one moment.</summary>
public sealed record PipelineSnapshot
{
    /// <summary>Calls taken in.</summary>
    public long Accepted { get; init; }

    /// <summary>Calls ended, well or badly. Never more than <see cref="Accepted"/>, and equal to it at rest.</summary>
    public long Ended { get; init; }

    /// <summary>Calls ended well.</summary>
    public long Succeeded { get; init; }

    /// <summary>Attempts beyond the first.</summary>
    public long Retried { get; init; }

    /// <summary>Answers that came after their call had ended.</summary>
    public long LateReplies { get; init; }

    /// <summary>Lines from servers that were no JSON-RPC messages.</summary>
    public long GarbageLines { get; init; }

    /// <summary>Calls ended badly, by fault.</summary>
    public IReadOnlyDictionary<FaultType, long> Faults { get; init; } = new Dictionary<FaultType, long>();

    /// <summary>Mean time from intake to end.</summary>
    public TimeSpan MeanElapsed { get; init; }
}
