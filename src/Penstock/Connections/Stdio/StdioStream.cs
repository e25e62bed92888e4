using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;

namespace Penstock.Connections.Stdio;

/// <summary>The byte stream of one server process, which ends with it.</summary>
internal sealed class StdioStream : ByteStream
{
    // A process's exit follows the end of its output within milliseconds, or not at all.
    private static readonly TimeSpan ExitWait = TimeSpan.FromMilliseconds(250);

    private const int MessageLines = 10;
    private const int MessageChars = 2048;

    private readonly ChildProcess _child;
    private readonly TimeSpan _grace;
    private readonly TimeProvider _clock;
    private readonly Secrets _secrets;
    private StreamEnd? _end;
    private bool _outlivedItsOutput;

    internal StdioStream(ChildProcess child, TimeSpan grace, TimeProvider clock, Secrets secrets)
        : base(new Duplex(child.Output, child.Input))
    {
        _child = child;
        _grace = grace;
        _clock = clock;
        _secrets = secrets;
    }

    /// <inheritdoc/>
    public override int? ProcessId => _child.Id;

    /// <inheritdoc/>
    public override StreamEnd? End => _end ??= _child.Exited.IsCompletedSuccessfully
        ? new StreamEnd(IsProcessExit: true, WithErrorOutput(_child.Exited.Result.ToString()))
        : _outlivedItsOutput ? new StreamEnd(IsProcessExit: false, WithErrorOutput("closed its output but did not exit")) : null;

    /// <summary>The process and its pipes.</summary>
    internal ChildProcess Child => _child;

    /// <inheritdoc/>
    public override async ValueTask WaitForEndAsync()
    {
        _child.Input.SuspectPeer();
        try
        {
            await _child.Exited.WaitAsync(ExitWait, _clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _outlivedItsOutput = true;
        }
    }

    /// <summary>
    /// Stops the process as <see cref="StdioTransport.StopGrace"/> says; a loop that still reads sees the end of its input when the process has
    /// ended. Takes up to twice the grace.
    /// </summary>
    [SuppressMessage("Usage", "CA2215", Justification = "Completing the reader would take the buffer from a loop that still looks at it.")]
    public override async ValueTask DisposeAsync()
    {
        await _child.StopAsync(_grace).ConfigureAwait(false);
        _child.Dispose();
        GC.SuppressFinalize(this);
    }

    private string WithErrorOutput(string what)
    {
        var lines = _child.Errors.LastLines(MessageLines, MessageChars, _secrets);
        return lines.Length == 0 ? what : $"{what}; last lines of its error output: {lines}";
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
