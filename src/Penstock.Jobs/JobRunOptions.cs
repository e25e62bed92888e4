namespace Penstock.Jobs;

/// <summary>How a job is run; what is not the job's own.</summary>
public sealed class JobRunOptions
{
    /// <summary>The command that plays the job's mock servers: a program and its first arguments. Default none.</summary>
    public IReadOnlyList<string> MockCommand { get; set; } = [];

    /// <summary>Whether existing output and errors files are emptied; otherwise they are refused. Default false.</summary>
    public bool Again { get; set; }

    /// <summary>The number of failed rows with which the job still counts as ok. 0 or more, default 0.</summary>
    public long MaxFailures { get; set; }

    /// <summary>The share of failed rows, of those with a record, with which the job still counts as ok, besides <see cref="MaxFailures"/>. 0 (default) to 1.</summary>
    public double MaxFailureShare { get; set; }

    /// <summary>Runs so many rows at most, the first of the input, or of its sample. 0 or more; null (default) = all.</summary>
    public long? Limit { get; set; }

    /// <summary>
    /// Leaves the first so many rows of the input out; those that are run keep their numbers. <see cref="Limit"/> counts from there,
    /// <see cref="Sample"/> draws the same rows as without it. 0 (default) or more.
    /// </summary>
    public long Skip { get; set; }

    /// <summary>
    /// Runs only those rows of the input that have a record in this file: an errors file of an earlier run, or any JSON lines with
    /// <c>meta.row</c>. A row that the input does not have ends as a failed row. Not for standard input. Null (default) = every row.
    /// The run throws a <see cref="JobException"/> if the file cannot be read, has a line that is no record, or is one of the job's own files.
    /// </summary>
    public string? Only { get; set; }

    /// <summary>Runs this share of the rows, drawn by <see cref="Seed"/> from their numbers. Above 0 to 1, default 1.</summary>
    public double Sample { get; set; } = 1;

    /// <summary>What <see cref="Sample"/> is drawn from: the same seed, share and input give the same rows. Default 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>What a job reads whose input is <c>-</c>; null (default) = there is none.</summary>
    public Stream? StandardInput { get; set; }

    /// <summary>What a job writes whose output is <c>-</c>; null (default) = there is none.</summary>
    public Stream? StandardOutput { get; set; }

    /// <summary>Told how far the job is, each <see cref="ProgressInterval"/>, on a thread of the pool. Must not throw. Default null.</summary>
    public Action<JobProgress>? OnProgress { get; set; }

    /// <summary>How often <see cref="OnProgress"/> is told. 10 ms to an hour, default 1 s.</summary>
    public TimeSpan ProgressInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Told in words what is wrong and yet stops nothing, for example a server that did not start. Default null.</summary>
    public Action<string>? OnWarning { get; set; }

    /// <summary>The clock. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxFailures);
        ArgumentOutOfRangeException.ThrowIfNegative(Limit ?? 0, nameof(Limit));
        ArgumentOutOfRangeException.ThrowIfNegative(Skip);
        ThrowUnless(MaxFailureShare is >= 0 and <= 1, nameof(MaxFailureShare));
        ThrowUnless(Sample is > 0 and <= 1, nameof(Sample));
        ThrowUnless(ProgressInterval >= TimeSpan.FromMilliseconds(10) && ProgressInterval <= TimeSpan.FromHours(1), nameof(ProgressInterval));
    }

    private static void ThrowUnless(bool isInRange, string name)
    {
        if (!isInRange)
        {
            throw new ArgumentOutOfRangeException(name);
        }
    }
}
