namespace Penstock.Cli.Streams;

/// <summary>Standard output or error takes no more: a full disk, or a reader that has gone.</summary>
internal sealed class OutputLostException : IOException
{
    private const int BrokenPipe = 32;

    /// <param name="message">Why.</param>
    /// <param name="error">The system's number for it, which is where others look for it.</param>
    public OutputLostException(string message, int error)
        : base(message, error)
    {
    }

    /// <summary>Whether the reader has gone.</summary>
    public bool IsClosedPipe => HResult == BrokenPipe;
}
