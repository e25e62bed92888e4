namespace Penstock;

/// <summary>A process that speaks MCP over its standard input and output. Linux only.</summary>
public sealed class StdioTransport : StreamTransport
{
    internal StdioTransport(string command, IReadOnlyList<string> arguments)
    {
        Command = command;
        Arguments = arguments;
    }

    /// <summary>The program: a path, or a name that is looked up on PATH.</summary>
    public string Command { get; }

    /// <summary>The program's arguments.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>Variables set for the process, over those that it inherits.</summary>
    public IDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The process's working directory; null (default) = this process's.</summary>
    public string? WorkingDirectory { get; set; }

    /// <summary>How long the process may take to end after its input was closed, and again after SIGTERM, before SIGKILL. 0 to 1 min, default 2 s.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', [Command, .. Arguments]);

    /// <inheritdoc/>
    protected internal override ValueTask<ByteStream> ConnectAsync(CancellationToken stop) => throw new NotImplementedException();
}
