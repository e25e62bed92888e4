namespace Penstock.Connections.Stdio;

/// <summary>
/// The three pipes of a child at its start. While few children live they are wide, 1 MiB, in which 2 GiB of echoes in writes of 25 KB cost half the
/// CPU that they cost in 64 KiB. Not all can be: a user's pipes may together hold 64 MiB, beyond which the kernel makes new ones tiny.
/// </summary>
internal sealed class Pipes : IDisposable
{
    private const int WideBytes = 1 << 20;
    private const int MostWide = 8;

    private static int wideInUse;

    private int _isWide;

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
            if (TakeWidth())
            {
                Input.Widen(WideBytes);
                Output.Widen(WideBytes);
            }

            return Spawn.Start(file, arguments, environment, workingDirectory, (input, output, errors));
        }
        finally
        {
            input?.Dispose();
            output?.Dispose();
            errors?.Dispose();
        }
    }

    /// <summary>The child has ended: another may have wide pipes now.</summary>
    internal void ReturnWidth()
    {
        if (Interlocked.Exchange(ref _isWide, 0) != 0)
        {
            Interlocked.Decrement(ref wideInUse);
        }
    }

    /// <summary>Closes this process's ends.</summary>
    public void Dispose()
    {
        ReturnWidth();
        Input?.Dispose();
        Output?.Dispose();
        Errors?.Dispose();
    }

    private bool TakeWidth()
    {
        if (Interlocked.Increment(ref wideInUse) > MostWide)
        {
            Interlocked.Decrement(ref wideInUse);
            return false;
        }

        _isWide = 1;
        return true;
    }
}
