namespace Penstock.Jobs;

/// <summary>How far a job is.</summary>
public sealed record JobProgress
{
    /// <summary>Rows ended, well or badly.</summary>
    public long Done => Ok + Failed;

    /// <summary>Rows in all; null if that is not known beforehand.</summary>
    public long? Total { get; init; }

    /// <summary>The share of the input whose rows have ended, 0 to 1, by its bytes; null if that cannot be known.</summary>
    public double? Fraction { get; init; }

    /// <summary>Rows that succeeded.</summary>
    public long Ok { get; init; }

    /// <summary>Rows that failed.</summary>
    public long Failed { get; init; }

    /// <summary>Attempts beyond the first, of rows that ended.</summary>
    public long Retried { get; init; }

    /// <summary>Calls that servers are working on.</summary>
    public long InFlight { get; init; }

    /// <summary>Calls read from the input that wait for room at their server.</summary>
    public long Waiting { get; init; }

    /// <summary>What holds the job back; null if that cannot be told.</summary>
    public JobBound? Bound { get; init; }

    /// <summary>Since the first row was asked for.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Rows ended per second, over the whole time.</summary>
    public double RowsPerSecond => Elapsed > TimeSpan.Zero ? Done / Elapsed.TotalSeconds : 0;
}
