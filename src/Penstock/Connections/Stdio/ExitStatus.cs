namespace Penstock.Connections.Stdio;

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code, if it ended by itself.</param>
/// <param name="Signal">The signal that ended it, if one did.</param>
internal readonly record struct ExitStatus(int? Code, int? Signal)
{
    /// <summary>It ended, but somebody else in this process collected its status.</summary>
    internal static ExitStatus Unknown => default;

    /// <inheritdoc/>
    public override string ToString() => (Code, Signal) switch
    {
        ({ } code, _) => $"exited with code {code}",
        (_, { } signal) => $"was killed by signal {signal}{NameOf(signal)}",
        _ => "exited",
    };

    private static string NameOf(int signal) => signal switch
    {
        1 => " (SIGHUP)",
        2 => " (SIGINT)",
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        13 => " (SIGPIPE)",
        15 => " (SIGTERM)",
        _ => string.Empty,
    };
}
