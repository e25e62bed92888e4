using Microsoft.Extensions.Logging;
using Penstock.Connections;
using Penstock.Connections.Stdio;

namespace Penstock;

/// <summary>A process that speaks MCP over its standard input and output. Linux only.</summary>
/// <remarks>
/// The process leads a session of its own. It ends, and all that it started with it, when its connection does, when this process stops, and when
/// this process is killed.
/// </remarks>
public sealed class StdioTransport : StreamTransport
{
    private static readonly TimeSpan LongestGrace = TimeSpan.FromMinutes(1);

    internal StdioTransport(string command, IReadOnlyList<string> arguments)
    {
        Command = command;
        Arguments = arguments;
    }

    /// <summary>
    /// The program: a path, relative ones from <see cref="WorkingDirectory"/>, or a name that is looked up on the PATH that the process gets.
    /// </summary>
    public string Command { get; }

    /// <summary>The program's arguments.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>
    /// Variables set for the process, over those that it inherits. It does not inherit this process's whole environment, where keys and tokens
    /// may lie, but only: <c>PATH HOME USER LOGNAME SHELL TERM LANG LANGUAGE LC_* TZ TZDIR TMPDIR TMP TEMP XDG_* LD_LIBRARY_PATH SSL_CERT_FILE
    /// SSL_CERT_DIR NODE_PATH NODE_EXTRA_CA_CERTS NVM_DIR NVM_BIN npm_config_* JAVA_HOME VIRTUAL_ENV PYTHONPATH DOTNET_ROOT*</c>, without those
    /// settings of npm that log in to a registry, and the proxy variables <c>HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY</c> in both cases. The name
    /// <c>PENSTOCK_KEEPER</c> is taken. Values of 6 characters and more are blacked out where the process's error output is shown: in the
    /// messages of faults, and in the log, which has its lines at debug level, at most 100 a second.
    /// </summary>
    public IDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The process's working directory; null (default) = this process's.</summary>
    public string? WorkingDirectory { get; set; }

    /// <summary>
    /// How long the process may take to end after its input was closed, and again after SIGTERM, before SIGKILL. 0 to 1 min, default 2 s.
    /// </summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', [Command, .. Arguments]);

    /// <inheritdoc/>
    protected internal override void Validate(string where, ICollection<string> problems)
    {
        if (string.IsNullOrWhiteSpace(Command))
        {
            problems.Add($"{where}: the command is empty; use for example Transport.Stdio(\"npx\", \"-y\", \"my-server\").");
        }

        if (HasNull(Command) || Arguments.Any(HasNull) || HasNull(WorkingDirectory) || Environment.Values.Any(HasNull))
        {
            problems.Add($"{where}: the command, its arguments, directory and variables cannot hold a NUL character.");
        }

        foreach (var name in Environment.Keys)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal) || HasNull(name))
            {
                problems.Add($"{where}: '{name}' cannot be the name of an environment variable.");
            }
            else if (name == Keeper.Variable)
            {
                problems.Add($"{where}: the environment variable {Keeper.Variable} is Penstock's own.");
            }
        }

        if (StopGrace < TimeSpan.Zero || StopGrace > LongestGrace)
        {
            problems.Add($"{where}: StopGrace is {StopGrace}; use 0 to 1 min.");
        }
    }

    /// <summary>Starts the process. Blocks for about a millisecond.</summary>
    /// <exception cref="FileNotFoundException">There is no such command.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such working directory.</exception>
    /// <exception cref="IOException">The command cannot be started.</exception>
    /// <exception cref="PlatformNotSupportedException">This system is not Linux.</exception>
    protected internal override ValueTask<ByteStream> ConnectAsync(CancellationToken stop) => ConnectAsync(TransportContext.None, stop);

    internal override ValueTask<ByteStream> ConnectAsync(TransportContext context, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException(
                "stdio servers are supported on Linux only for now; reach the server by a URL, or run Penstock in WSL or a container.");
        }

        if (stop.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ByteStream>(stop);
        }

        // Copied, so that later changes of the options do not reach a process that is running.
        var environment = new Dictionary<string, string>(Environment, StringComparer.Ordinal);
        var secrets = new Secrets(environment.Values);
        Action<ReadOnlySpan<byte>>? onErrorOutput = context.Logger.IsEnabled(LogLevel.Debug) ? new ErrorLines(context, secrets).Take : null;
        var child = ChildProcess.Start(new ChildStart(Command, Arguments, environment, WorkingDirectory, onErrorOutput), context.Clock);
        return new(new StdioStream(child, StopGrace, context.Clock, secrets));
    }

    /// <summary>Not: too many processes or files, no memory, a program that is just being written.</summary>
    internal override bool IsLasting(Exception failure) =>
        failure is FileNotFoundException or DirectoryNotFoundException or PlatformNotSupportedException
        || (failure is IOException && failure.HResult is Native.ENOENT or Native.E2BIG or Native.ENOEXEC or Native.EACCES);

    private static bool HasNull(string? text) => text is not null && text.Contains('\0', StringComparison.Ordinal);
}
