using System.IO.Pipelines;
using Penstock.Connections;

namespace Penstock;

/// <summary>
/// Makes connections to one server. There are two shapes to derive from: <see cref="StreamTransport"/> for anything that carries lines of
/// JSON-RPC over a byte stream, a call transport for anything that carries one call at a time.
/// </summary>
public abstract class Transport
{
    private protected Transport()
    {
    }

    /// <summary>What the transport leads to, for people: a command line, a URL.</summary>
    public abstract override string ToString();

    /// <summary>A process that speaks MCP over its standard input and output.</summary>
    /// <param name="command">The program: a path, or a name that is looked up on PATH.</param>
    /// <param name="arguments">Its arguments; no shell is involved.</param>
    public static StdioTransport Stdio(string command, params string[] arguments) => new(command, arguments);

    /// <summary>What it leads to, from user code that may fail: a status must not.</summary>
    internal string Describe()
    {
        try
        {
            return ToString() ?? "";
        }
        catch (Exception)
        {
            return GetType().Name;
        }
    }

    /// <summary>Adds what is wrong with the settings of this transport to <paramref name="problems"/>.</summary>
    protected internal virtual void Validate(string where, ICollection<string> problems)
    {
    }
}

/// <summary>A transport that carries newline-delimited JSON-RPC over a duplex byte stream.</summary>
public abstract class StreamTransport : Transport
{
    /// <summary>
    /// Opens one stream. The engine owns it: it reads on one loop, writes on another, and disposes it exactly once. A writer whose
    /// <see cref="PipeWriter.CanGetUnflushedBytes"/> is true must report there the bytes that have surely not reached the peer; after a
    /// failure this decides which calls were never sent.
    /// </summary>
    /// <exception cref="IOException">The stream could not be opened; the engine tries again with backoff.</exception>
    protected internal abstract ValueTask<ByteStream> ConnectAsync(CancellationToken stop);

    /// <summary>As the other, for transports of the engine's own that use the pipeline's clock and log.</summary>
    internal virtual ValueTask<ByteStream> ConnectAsync(TransportContext context, CancellationToken stop) => ConnectAsync(stop);

    /// <summary>Whether what kept a stream from being opened will still do so at the next try. Only the engine's own transports can know.</summary>
    internal virtual bool IsLasting(Exception failure) => false;
}

/// <summary>One open byte stream to a server. Derive to add what must be ended with it, a process for example.</summary>
/// <param name="pipe">The two directions.</param>
public class ByteStream(IDuplexPipe pipe) : IAsyncDisposable
{
    /// <summary>The two directions.</summary>
    public IDuplexPipe Pipe { get; } = pipe;

    /// <summary>The server's process, if it was started for this stream; null otherwise.</summary>
    public virtual int? ProcessId => null;

    /// <summary>What is known of the other side, for messages and faults, once the stream has ended: for example <c>exited with code 1</c>.</summary>
    public virtual StreamEnd? End => null;

    /// <summary>
    /// Waits, after the stream has ended, until <see cref="End"/> is known, but only shortly: a process's exit follows the end of its output
    /// within milliseconds, or not at all.
    /// </summary>
    public virtual ValueTask WaitForEndAsync() => default;

    /// <summary>Ends the stream at once and frees what belongs to it.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        await Pipe.Output.CompleteAsync().ConfigureAwait(false);
        await Pipe.Input.CompleteAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }
}

/// <summary>Why a stream ended.</summary>
/// <param name="IsProcessExit">Whether the server's process ended.</param>
/// <param name="Message">In words, with the last lines of the server's error output if there are any.</param>
public sealed record StreamEnd(bool IsProcessExit, string Message);
