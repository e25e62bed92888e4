namespace Penstock.Connections.Stdio;

/// <summary>
/// The three pipes of a child at its start. Of default size, 64 KiB: in 1 MiB pipes an echo runs no faster, and a user's pipes together may hold
/// only 64 MiB before the kernel makes new ones tiny.
/// </summary>
internal sealed class Pipes : IDisposable
{
    /// <summary>This process's end of the child's standard input.</summary>
    internal Descriptor Input { get; private set; } = null!;

    /// <summary>This process's end of the child's standard output.</summary>
    internal Descriptor Output { get; private set; } = null!;

    /// <summary>This process's end of the child's standard error.</summary>
    internal Descriptor Errors { get; private set; } = null!;

    /// <summary>Makes the pipes and starts the child on their other ends, which are closed here.</summary>
    internal int Start(string file, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, string? workingDirectory)
    {
        Descriptor? input = null;
        Descriptor? output = null;
        Descriptor? errors = null;
        try
        {
            (input, Input) = Descriptor.CreatePipe();
            (Output, output) = Descriptor.CreatePipe();
            (Errors, errors) = Descriptor.CreatePipe();
            return Spawn.Start(file, arguments, environment, workingDirectory, (input, output, errors));
        }
        finally
        {
            input?.Dispose();
            output?.Dispose();
            errors?.Dispose();
        }
    }

    /// <summary>Closes this process's ends.</summary>
    public void Dispose()
    {
        Input?.Dispose();
        Output?.Dispose();
        Errors?.Dispose();
    }
}
