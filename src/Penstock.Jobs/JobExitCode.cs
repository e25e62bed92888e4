namespace Penstock.Jobs;

/// <summary>How the command ends. The numbers above 63 are those of <c>sysexits.h</c>.</summary>
public static class JobExitCode
{
    /// <summary>Every row is ok, or no more rows failed than allowed.</summary>
    public const int Ok = 0;

    /// <summary>Finished, with more failed rows than allowed.</summary>
    public const int RowsFailed = 1;

    /// <summary>The command line is wrong, or an output exists already.</summary>
    public const int Usage = 64;

    /// <summary>The input as a whole cannot be read.</summary>
    public const int Input = 65;

    /// <summary>No server ever became healthy.</summary>
    public const int NoServer = 69;

    /// <summary>The job file is wrong, or has a key that is not built yet.</summary>
    public const int Config = 78;

    /// <summary>Stopped before the end, with nothing to resume from.</summary>
    public const int Stopped = 130;
}
