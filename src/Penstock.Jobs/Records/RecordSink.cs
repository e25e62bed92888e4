using Penstock.Jobs.Files;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Records;

/// <summary>
/// Takes results and bad rows, writes their records and counts them. Results come from the job's loop, bad rows from the engine's intake, flushes
/// from a timer: one lock, held by one of them at a time and nearly always free. Messages and results that are errors are redacted. Results of calls
/// that succeeded, arguments and raw rows are not: they are data, byte for byte what the server sent and what is sent again when a record is fed
/// back, and a cut in them could not be told.
/// </summary>
internal sealed class RecordSink : IDisposable
{
    /// <summary>The message of a server's error result is its text; a longer text is cut, since the result is kept whole beside it.</summary>
    private const int MaxMessageLength = 2000;

    /// <summary>EPIPE, as the framework tells it too.</summary>
    private const int BrokenPipe = 32;

    private readonly Lock _lock = new();
    private readonly RecordFile _output;
    private readonly RecordFile _errors;
    private readonly Secrets _secrets;
    private readonly AppendedRows? _appended;
    private readonly JobTally _tally = new();
    private readonly ToolEntries _tools;
    private readonly CancellationTokenSource _broken = new();
    private bool _isClosed;

    /// <param name="output">Takes rows that succeeded; closed with this.</param>
    /// <param name="errors">Takes rows that failed; closed with this.</param>
    /// <param name="secrets">What must not appear in messages.</param>
    /// <param name="servers">Names of servers that are counted even if they get no row.</param>
    /// <param name="appended">Writes rows that succeeded as the input's columns with more of them; closed with this. Null = they are records.</param>
    public RecordSink(RecordFile output, RecordFile errors, Secrets secrets, IEnumerable<string> servers, AppendedRows? appended = null)
    {
        _output = output;
        _errors = errors;
        _secrets = secrets;
        _appended = appended;
        _tools = new ToolEntries(_tally);
        foreach (var server in servers)
        {
            _tally.Know(server);
        }
    }

    /// <summary>Fires when a file cannot be written: nothing more can be recorded, so nothing more should be run.</summary>
    public CancellationToken Broken => _broken.Token;

    /// <summary>Why a file cannot be written; null if it can.</summary>
    public string? Failure { get; private set; }

    private bool IsOpen => Failure is null && !_isClosed;

    public void Write(in ToolResult result)
    {
        lock (_lock)
        {
            if (!IsOpen)
            {
                return;
            }

            var tool = _tools.Get(result.Tool);
            if (result.IsSuccess)
            {
                AppendSuccess(in result, tool);
                _tally.Add(FaultType.None, result.Attempts, result.AttemptElapsed, tool.Tally);
                End(_output);
            }
            else
            {
                WriteError(result, tool);
            }
        }
    }

    public void WriteBadRow(long row, ReadOnlySpan<byte> id, ReadOnlySpan<byte> input, string problem)
    {
        lock (_lock)
        {
            if (IsOpen)
            {
                var message = _secrets.Redact(problem);
                RecordFormat.AppendBadRow(_errors.Block, row, id, input, message);
                _tally.AddBadRow(row, message);
                End(_errors);
            }
        }
    }

    /// <summary>Hands what is complete to the files.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (IsOpen)
            {
                _appended?.AppendHeader(_output.Block);
                Try(_output, static f => f.Flush());
            }

            if (IsOpen)
            {
                Try(_errors, static f => f.Flush());
            }
        }
    }

    /// <summary>Reads the counts; the caller must not keep the tally.</summary>
    public T Read<T>(Func<JobTally, T> read)
    {
        lock (_lock)
        {
            return read(_tally);
        }
    }

    /// <inheritdoc cref="MissingColumns.Tell"/>
    public IReadOnlyList<string> TellMissing()
    {
        lock (_lock)
        {
            return _appended is null ? [] : [.. _appended.TellMissing().Select(_secrets.Redact)];
        }
    }

    /// <summary>Closes the files without flushing. Later writes are no-ops.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                _output.Dispose();
                _errors.Dispose();
                _appended?.Dispose();
            }
        }

        _broken.Dispose();
    }

    private void AppendSuccess(in ToolResult result, ToolEntry tool)
    {
        if (_appended is null)
        {
            RecordFormat.AppendResponse(_output.Block, result, tool);
            return;
        }

        _appended.AppendHeader(_output.Block);
        _appended.Append(_output.Block, new RowTag(result.Tag.Span).Columns, result.Content.Span);
    }

    private void WriteError(in ToolResult result, ToolEntry tool)
    {
        var answer = result.IsContentJson ? PeerAnswer.Read(result.Content.Span) : default;

        // The server's words too: it may name the key that it refuses.
        var message = _secrets.Redact(result.GetText());
        if (answer.IsResult && message.Length > MaxMessageLength)
        {
            message = $"{message.AsSpan(0, MaxMessageLength)}…";
        }

        RecordFormat.AppendError(_errors.Block, result, tool, answer, message, answer.IsResult ? _secrets.Redact(result.Content.Span) : default);
        _tally.Add(result.Fault.Type, result.Attempts, result.AttemptElapsed, tool.Tally);
        _tally.Reasons.Add(result.Fault.Type, new RowTag(result.Tag.Span).Row, message);
        End(_errors);
    }

    private void End(RecordFile file) => Try(file, static f => f.EndRecord());

    private void Try(RecordFile file, Action<RecordFile> write)
    {
        try
        {
            write(file);
            Keep(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var lost = Lose(file) + FlushOther(file == _output ? _errors : _output);
            var name = file == _output ? "the output" : "the errors file";
            var cause = e.HResult == BrokenPipe ? "whoever read it has left; to have all records, write to a file" : $"{e.Message.TrimEnd('.')}; mend that and run again";
            Failure = FormattableString.Invariant($"{name} cannot be written: {cause} ({lost:N0} rows were called whose records are lost)");

            // Not on this thread: what waits for the token would run under the lock.
            _ = _broken.CancelAsync();
        }
    }

    /// <summary>The file that is whole gets what it should have.</summary>
    /// <returns>Rows lost because it is not whole either.</returns>
    private long FlushOther(RecordFile file)
    {
        try
        {
            file.Flush();
            Keep(file);
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Lose(file);
        }
    }

    /// <summary>Records are in the file once their block is empty.</summary>
    private void Keep(RecordFile file)
    {
        if (file.Block.Length > 0)
        {
            return;
        }

        if (file == _output)
        {
            _tally.KeepOk();
        }
        else
        {
            _tally.KeepFailed();
        }
    }

    private long Lose(RecordFile file) => file == _output ? _tally.LoseOk() : _tally.LoseFailed();
}
