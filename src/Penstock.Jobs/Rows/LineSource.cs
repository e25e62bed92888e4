namespace Penstock.Jobs.Rows;

/// <summary>Rows from JSON lines: a file, read in the calling thread, or a stream that may make wait, read asynchronously.</summary>
internal sealed class LineSource : RowSource
{
    /// <summary>The start of a line that is too long goes to its record, so that the row can be recognised.</summary>
    private const int KeptOfTooLong = 1024;

    private readonly InputBlocks _blocks;
    private readonly LineReader _lines;
    private readonly RowToCall _toCall;
    private readonly BadRow _bad;
    private readonly string _name;

    /// <summary>The file's length at the start; null if it is no file, and then reads may wait.</summary>
    private readonly long? _length;
    private bool _isChecked;

    /// <param name="stream">The bytes; closed with the source.</param>
    /// <param name="name">What the input is called in messages.</param>
    /// <param name="toCall">Makes the calls; closed with the source.</param>
    /// <param name="bad">Takes rows that cannot become calls.</param>
    /// <param name="stop">Fires when no more rows are to be read.</param>
    public LineSource(Stream stream, string name, RowToCall toCall, BadRow bad, CancellationToken stop)
        : base(stop)
    {
        _length = stream.CanSeek ? stream.Length : null;
        _blocks = new InputBlocks(stream);
        _lines = new LineReader(_blocks);
        _name = name;
        _toCall = toCall;
        _bad = bad;
    }

    public override double? Fraction => _length is { } length ? length == 0 ? 1 : Math.Min(1, (double)_blocks.Position / length) : null;

    /// <summary>Reads a file's first block, so that one that is no text is told before any server starts.</summary>
    public void Prime()
    {
        if (_length is not null)
        {
            Fill();
        }
    }

    public override ValueTask<bool> MoveNextAsync()
    {
        while (!Stop.IsCancellationRequested && Failure is null)
        {
            if (TryTakeRow())
            {
                return new(true);
            }

            if (_length is null)
            {
                return MoveNextSlowAsync();
            }

            if (!Fill())
            {
                return new(Failure is null && TryTakeRow());
            }
        }

        return new(false);
    }

    public override long? CountRest(CancellationToken abort)
    {
        if (_length is null)
        {
            return null;
        }

        var count = 0L;
        try
        {
            do
            {
                while (_lines.TryRead(out var line, out _))
                {
                    count += IsBlank(line.Span) ? 0 : 1;
                }

                if (abort.IsCancellationRequested)
                {
                    return null;
                }
            }
            while (_blocks.Fill());
            return count + (_lines.TryRead(out var last, out _) && !IsBlank(last.Span) ? 1 : 0);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public override void Close()
    {
        _blocks.Dispose();
        _toCall.Dispose();
    }

    private async ValueTask<bool> MoveNextSlowAsync()
    {
        while (!Stop.IsCancellationRequested)
        {
            bool isMore;
            try
            {
                isMore = await _blocks.FillAsync(Stop).ConfigureAwait(false) && Check();
            }
            catch (OperationCanceledException)
            {
                return false;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Failure = $"{_name} cannot be read: {e.Message}";
                return false;
            }

            if (Failure is null && TryTakeRow())
            {
                return true;
            }

            if (!isMore)
            {
                return false;
            }
        }

        return false;
    }

    private bool Fill()
    {
        try
        {
            return _blocks.Fill() && Check();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure = $"{_name} cannot be read: {e.Message}";
            return false;
        }
    }

    /// <summary>Looks at the input's first bytes. False, and a failure, if they are no text.</summary>
    private bool Check()
    {
        if (!_isChecked)
        {
            _isChecked = true;
            Failure = InputStart.WhyNotText(_blocks.Rest) is { } why ? $"{_name} {why}" : null;
        }

        return Failure is null;
    }

    private bool TryTakeRow()
    {
        while (_lines.TryRead(out var line, out var isTooLong))
        {
            if (IsBlank(line.Span))
            {
                continue;
            }

            var row = NextRow();
            if (isTooLong)
            {
                Took(isCall: false);
                var start = line.Span[..Math.Min(KeptOfTooLong, line.Length)];
                _bad(row, default, start, $"the line is longer than {LineReader.MaxLineLength:N0} bytes; only its start is kept here");
                continue;
            }

            var problem = _toCall.Make(row, line, out var call);
            Took(problem is null);
            if (problem is null)
            {
                Current = call;
                return true;
            }

            _bad(row, _toCall.Id, line.Span, problem);
        }

        return false;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') < 0;
}
