namespace Penstock.Jobs;

/// <summary>A job cannot be run, or never got as far as its first row. Every problem is listed, not only the first.</summary>
public sealed class JobException : Exception
{
    /// <summary>Creates an exception without problems.</summary>
    public JobException()
        : this(JobExitCode.Config, [])
    {
    }

    /// <summary>Creates an exception with one problem.</summary>
    public JobException(string message)
        : this(JobExitCode.Config, [message])
    {
    }

    /// <summary>Creates an exception with one problem and its cause.</summary>
    public JobException(string message, Exception innerException)
        : base(message, innerException)
    {
        ExitCode = JobExitCode.Config;
        Problems = [message];
    }

    /// <summary>Creates an exception that lists <paramref name="problems"/>.</summary>
    public JobException(int exitCode, IReadOnlyList<string> problems)
        : base(string.Join(Environment.NewLine, problems))
    {
        ExitCode = exitCode;
        Problems = problems;
    }

    /// <summary>The exit code that the command ends with: one of <see cref="JobExitCode"/>.</summary>
    public int ExitCode { get; }

    /// <summary>All problems, each naming place, cause and remedy.</summary>
    public IReadOnlyList<string> Problems { get; }
}
