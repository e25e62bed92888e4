using Penstock.Calls;

namespace Penstock;

/// <summary>Figures of a pipeline.</summary>
public sealed class PipelineMetrics
{
    private readonly Lock _gate = new();
    private readonly long[] _byFault = new long[(int)FaultType.Indeterminate + 1];
    private readonly Door _door;
    private readonly Func<(long Late, long Garbage)> _oddities;
    private long _counted;
    private long _retried;
    private double _elapsed;

    internal PipelineMetrics(Door door, Func<(long Late, long Garbage)> oddities)
    {
        _door = door;
        _oddities = oddities;
    }

    /// <summary>The figures at this moment.</summary>
    public PipelineSnapshot Snapshot()
    {
        var (late, garbage) = _oddities();
        var ended = _door.EndedCount;
        lock (_gate)
        {
            var faults = new Dictionary<FaultType, long>();
            for (var i = 1; i < _byFault.Length; i++)
            {
                if (_byFault[i] > 0)
                {
                    faults.Add((FaultType)i, _byFault[i]);
                }
            }

            return new PipelineSnapshot
            {
                Ended = ended,
                Accepted = _door.AcceptedCount,
                Succeeded = _byFault[0],
                Retried = _retried,
                LateReplies = late,
                GarbageLines = garbage,
                Faults = faults,
                MeanElapsed = _counted == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(_elapsed / _counted / _door.Clock.TimestampFrequency),
            };
        }
    }

    internal void Count(ReadOnlySpan<CallSlot> slots, ReadOnlySpan<Outcome> outcomes)
    {
        lock (_gate)
        {
            for (var i = 0; i < slots.Length; i++)
            {
                _byFault[(int)outcomes[i].Fault.Type]++;
                _elapsed += outcomes[i].Elapsed;
                _retried += Math.Max(0, slots[i].Attempts - 1);
            }

            _counted += slots.Length;
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
