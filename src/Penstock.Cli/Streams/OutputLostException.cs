namespace Penstock.Cli.Streams;

/// <summary>Standard output or error takes no more: a full disk, or a reader that has gone.</summary>
internal sealed class OutputLostException(string message) : IOException(message)
{
    /// <summary>Whether the reader has gone.</summary>
    public bool IsClosedPipe { get; init; }
}
