namespace Penstock.Cli.Help;

/// <summary>What the exit codes mean, as help tells it.</summary>
internal static class ExitCodes
{
    public const string Table =
        """
        Exit codes:
          0    every row ok
          1    finished, with more failed rows than --max-failures; a failed call
          64   the command line is wrong, or an output exists already
          65   the input as a whole cannot be read
          69   no server ever became healthy
          70   a defect of penstock; please report it
          78   the job file is wrong, or has a key that is not built yet
          130  stopped before the end; the summary prints the command that goes on
        """;
}
