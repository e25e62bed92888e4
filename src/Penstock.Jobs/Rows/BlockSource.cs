using System.Text;

namespace Penstock.Jobs.Rows;

/// <summary>Rows from bytes: a file, read in the calling thread, or a stream that may make wait, read asynchronously.</summary>
internal abstract class BlockSource : RowSource
{
    private readonly RowToCall _toCall;
    private readonly BadRow _bad;
    private volatile bool _isWaiting;
    private bool _isChecked;

    /// <param name="blocks">The bytes; closed with the source.</param>
    /// <param name="name">What the input is called in messages.</param>
    /// <param name="toCall">Makes the calls; closed with the source.</param>
    /// <param name="bad">Takes rows that cannot become calls.</param>
    /// <param name="stop">Fires when no more rows are to be read.</param>
    protected BlockSource(InputBlocks blocks, string name, RowToCall toCall, BadRow bad, CancellationToken stop)
        : base(stop)
    {
        Blocks = blocks;
        Name = name;
        _toCall = toCall;
        _bad = bad;
    }

    protected InputBlocks Blocks { get; }

    /// <summary>What the input is called in messages.</summary>
    protected string Name { get; }

    public override bool IsWaiting => _isWaiting;

    protected override double? FractionOfInput => Blocks.Fraction;

    /// <summary>Reads a file's start, so that one that is no text, or lacks what the job needs, is told before any server starts.</summary>
    public void Prime()
    {
        if (Blocks.IsFile)
        {
            while (!IsPrimed() && Fill())
            {
            }

            // The file may have ended meanwhile; or it is no text, and that is what is wrong with its header, too.
            if (Failure is null)
            {
                IsPrimed();
            }
        }
    }

    public override async ValueTask PrimeAsync()
    {
        var isMore = !Blocks.IsFile;
        while (isMore && Failure is null && !IsPrimed())
        {
            isMore = await FillSlowAsync().ConfigureAwait(false) is true;
        }

        if (Failure is null && !Stop.IsCancellationRequested)
        {
            // A stream that ends with its header.
            IsPrimed();
        }
    }

    public override ValueTask<bool> MoveNextAsync()
    {
        while (!Stop.IsCancellationRequested && Failure is null && !IsFull)
        {
            if (TryTakeRow())
            {
                return new(true);
            }

            if (!Blocks.IsFile)
            {
                return MoveNextSlowAsync();
            }

            if (!Fill())
            {
                return new(Failure is null && (TryTakeRow() || End()));
            }
        }

        return new(false);
    }

    protected override long? CountUnread(CancellationToken abort)
    {
        if (!Blocks.IsFile)
        {
            return null;
        }

        var count = 0L;
        try
        {
            do
            {
                count += CountBuffered();

                if (abort.IsCancellationRequested)
                {
                    return null;
                }
            }
            while (Blocks.Fill());
            return count + CountBuffered();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return null;
        }
    }

    public override void Close()
    {
        Blocks.Dispose();
        _toCall.Dispose();
    }

    public override void Bind(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> schemas) => _toCall.Bind(schemas);

    /// <summary>Null, or why an input that begins so is no rows: the rest of a sentence that starts with its name.</summary>
    protected virtual string? WhyNotRows(ReadOnlySpan<byte> start) => InputStart.WhyNotText(start);

    /// <summary>Looks at the start of what was read. False if more must be read to know that it will do.</summary>
    protected virtual bool IsPrimed() => !Blocks.Rest.IsEmpty;

    /// <summary>Takes the next row of what was read that becomes a call. False if more must be read first, or nothing is left.</summary>
    protected abstract bool TryTakeRow();

    /// <summary>Passes over the rows of what was read, and counts them.</summary>
    protected abstract int CountBuffered();

    /// <summary>Says where the row at hand stands, where its number does not tell.</summary>
    protected virtual string Locate(string problem) => problem;

    /// <summary>Takes a row that is one; false if it is bad, or not to be run.</summary>
    protected bool TryTake(ReadOnlyMemory<byte> bytes)
    {
        if (Skips())
        {
            return false;
        }

        var problem = _toCall.Make(NextRow(), bytes, out var call) ?? WhyAnother(_toCall.Id);
        if (problem is not null)
        {
            Record(_toCall.Input.Span, Locate(problem), _toCall.Id);
            return false;
        }

        Took(isCall: true);
        Current = call;
        return true;
    }

    /// <summary>Takes a row that cannot become a call, unless it is not to be run.</summary>
    protected void TakeBad(ReadOnlySpan<byte> bytes, string problem)
    {
        if (!Skips())
        {
            Record(bytes, problem, id: default);
        }
    }

    private void Record(ReadOnlySpan<byte> bytes, string problem, ReadOnlySpan<byte> id)
    {
        var row = NextRow();
        Took(isCall: false);
        _bad(row, id, bytes, problem);
    }

    /// <summary>Null, or why this is not the row that has the record: an input that was sorted or filtered meanwhile has another in its place.</summary>
    private string? WhyAnother(ReadOnlySpan<byte> id) => id.IsEmpty || Selection.Only is not { } only || only.MayHaveId(NextRow(), id)
        ? null
        : $"this row is {Encoding.UTF8.GetString(id)}, and the record that --only names for its place is of another: mend rows where they stand, or give the mended ones alone as another input, without --only";

    /// <summary>The input has been read to its end. False: nothing is left.</summary>
    private bool End()
    {
        TakeMissing(_bad);
        return false;
    }

    private async ValueTask<bool> MoveNextSlowAsync()
    {
        while (!Stop.IsCancellationRequested && !IsFull)
        {
            if (await FillSlowAsync().ConfigureAwait(false) is not { } isMore || Failure is not null)
            {
                return false;
            }

            if (TryTakeRow())
            {
                return true;
            }

            if (!isMore || Failure is not null)
            {
                return Failure is null && End();
            }
        }

        return false;
    }

    /// <summary>Waits for more of a stream.</summary>
    /// <returns>Whether more came, or will; null after a stop.</returns>
    private async ValueTask<bool?> FillSlowAsync()
    {
        _isWaiting = true;
        try
        {
            return await Blocks.FillAsync(Stop).ConfigureAwait(false) && Check();
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Failure = $"{Name} cannot be read: {Cause(e)}";
            return false;
        }
        finally
        {
            _isWaiting = false;
        }
    }

    private bool Fill()
    {
        try
        {
            return Blocks.Fill() && Check();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Failure = $"{Name} cannot be read: {Cause(e)}";
            return false;
        }
    }

    /// <summary>Only gzip has a form that can be wrong.</summary>
    private string Cause(Exception e)
    {
        var place = Next == 0 ? "" : FormattableString.Invariant($", after {Next:N0} rows");
        return e is InvalidDataException ? $"its gzip is broken or cut off{place}: {e.Message.TrimEnd('.')}; get the file anew, gzip -t tells whether it is whole" : e.Message;
    }

    /// <summary>Looks at the input's first bytes. False, and a failure, if they are no rows.</summary>
    private bool Check()
    {
        if (!_isChecked)
        {
            _isChecked = true;
            Failure = WhyNotRows(Blocks.Rest) is { } why ? $"{Name} {why}" : null;
        }

        return Failure is null;
    }
}
