using Penstock.Jobs.Records;

namespace Penstock.Jobs;

/// <summary>One server of a job or of an <c>mcp.json</c>. What is null takes the default of <see cref="ServerOptions"/>.</summary>
public sealed record JobServer
{
    /// <summary>The server's name; the part before the slash in <c>server/tool</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The program; null exactly if <see cref="Mock"/> is set.</summary>
    public string? Command { get; init; }

    /// <summary>The program's arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables set for the process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The process's working directory; null = this process's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>A server that the command plays itself.</summary>
    public JobMock? Mock { get; init; }

    /// <inheritdoc cref="ServerOptions.Replicas"/>
    public int? Replicas { get; init; }

    /// <inheritdoc cref="ServerOptions.MaxInFlight"/>
    public int? MaxInFlight { get; init; }

    /// <inheritdoc cref="ServerOptions.MaxStragglers"/>
    public int? MaxStragglers { get; init; }

    /// <inheritdoc cref="ServerOptions.Era"/>
    public ProtocolEra Era { get; init; }

    /// <inheritdoc cref="ServerOptions.ConnectTimeout"/>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <inheritdoc cref="ServerOptions.MaxRequestBytes"/>
    public int? MaxRequestBytes { get; init; }

    /// <inheritdoc cref="ServerOptions.MaxResponseBytes"/>
    public int? MaxResponseBytes { get; init; }

    /// <inheritdoc cref="ServerOptions.ValidateArguments"/>
    public bool? ValidateArguments { get; init; }

    /// <inheritdoc cref="StdioTransport.StopGrace"/>
    public TimeSpan? StopGrace { get; init; }

    /// <summary>What <c>${env:…}</c> and <c>${file:…}</c> of the whole file held.</summary>
    internal Secrets Secrets { get; init; } = new();

    /// <summary>Hides in a message what <c>${env:…}</c> and <c>${file:…}</c> of the server's file held.</summary>
    public string Redact(string message) => Secrets.Redact(message);

    /// <summary>The options that the engine takes.</summary>
    /// <param name="mockCommand">The command that plays mock servers when <c>mock</c> and its options follow: a program and its first arguments.</param>
    /// <exception cref="ArgumentException">The server is a mock and <paramref name="mockCommand"/> is empty.</exception>
    public ServerOptions ToOptions(IReadOnlyList<string> mockCommand)
    {
        ArgumentNullException.ThrowIfNull(mockCommand);
        var transport = CreateTransport(mockCommand);
        foreach (var (name, value) in Environment)
        {
            transport.Environment[name] = value;
        }

        transport.WorkingDirectory = WorkingDirectory;
        transport.StopGrace = StopGrace ?? transport.StopGrace;
        var options = new ServerOptions(Name) { Transport = transport, Era = Era };
        options.Replicas = Replicas ?? options.Replicas;
        options.MaxInFlight = MaxInFlight ?? options.MaxInFlight;
        options.MaxStragglers = MaxStragglers ?? options.MaxStragglers;
        options.ConnectTimeout = ConnectTimeout ?? options.ConnectTimeout;
        options.MaxRequestBytes = MaxRequestBytes ?? options.MaxRequestBytes;
        options.MaxResponseBytes = MaxResponseBytes ?? options.MaxResponseBytes;
        options.ValidateArguments = ValidateArguments ?? options.ValidateArguments;
        return options;
    }

    private StdioTransport CreateTransport(IReadOnlyList<string> mockCommand)
    {
        if (Mock is null)
        {
            return Transport.Stdio(Command ?? throw new InvalidOperationException($"Server '{Name}' has neither a command nor a mock."), [.. Arguments]);
        }

        if (mockCommand.Count == 0)
        {
            throw new ArgumentException($"Server '{Name}' is a mock, and there is no command to play it.", nameof(mockCommand));
        }

        return Transport.Stdio(mockCommand[0], [.. mockCommand.Skip(1), "mock", .. Mock.ToArguments()]);
    }
}
