namespace Penstock.Connections.Stdio;

/// <summary>Finds a command's file the way a shell does, but says what is wrong when there is none.</summary>
internal static class CommandLookup
{
    private const string DefaultPath = "/usr/local/bin:/usr/bin:/bin";

    /// <summary>The full path of a command's file.</summary>
    /// <param name="command">A name, or a path, which is taken from the working directory.</param>
    /// <param name="path">The directories to look in, separated by colons; null = a usual set.</param>
    /// <param name="workingDirectory">The directory that relative paths start from; null = this process's.</param>
    /// <exception cref="FileNotFoundException">There is no such command.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such working directory.</exception>
    /// <exception cref="IOException">There is one, but it is not executable.</exception>
    internal static string Find(string command, string? path, string? workingDirectory)
    {
        if (workingDirectory is not null && !Directory.Exists(workingDirectory))
        {
            throw new DirectoryNotFoundException($"The working directory '{workingDirectory}' of command '{command}' does not exist.");
        }

        var start = Path.GetFullPath(workingDirectory ?? Directory.GetCurrentDirectory());
        if (command.Contains('/', StringComparison.Ordinal))
        {
            return Check(command, Path.GetFullPath(command, start));
        }

        string? refused = null;
        foreach (var directory in (path ?? DefaultPath).Split(':'))
        {
            // An empty entry means the working directory.
            var candidate = Path.Combine(start, directory, command);
            if (!File.Exists(candidate))
            {
                continue;
            }

            if (Native.access(candidate, Native.X_OK) == 0)
            {
                return candidate;
            }

            refused ??= candidate;
        }

        return refused is null
            ? throw new FileNotFoundException($"command '{command}' was not found on PATH; install it or give its full path.", command)
            : Check(command, refused);
    }

    private static string Check(string command, string file)
    {
        if (Directory.Exists(file))
        {
            throw new IOException($"command '{command}' is a directory.", Native.EACCES);
        }

        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"command '{command}' was not found: '{file}' does not exist.", file);
        }

        return Native.access(file, Native.X_OK) == 0
            ? file
            : throw new IOException($"command '{command}' is not executable: allow it with 'chmod +x {file}', or start it through its interpreter.", Native.EACCES);
    }
}
