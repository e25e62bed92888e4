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

    /// <summary>What a job reads whose input is <c>-</c>; null (default) = there is none.</summary>
    public Stream? StandardInput { get; set; }

    /// <summary>What a job writes whose output is <c>-</c>; null (default) = there is none.</summary>
    public Stream? StandardOutput { get; set; }

    /// <summary>Told how far the job is, about once a second, on a thread of the pool. Must not throw. Default null.</summary>
    public Action<JobProgress>? OnProgress { get; set; }

    /// <summary>Told in words what is wrong and yet stops nothing, for example a server that did not start. Default null.</summary>
    public Action<string>? OnWarning { get; set; }

    /// <summary>The clock. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;
}
