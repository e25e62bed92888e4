namespace Penstock.Jobs.Rows;

/// <summary>Takes a row that cannot become a call. The spans are borrowed.</summary>
/// <param name="row">The row's number.</param>
/// <param name="id">Its raw id; empty = <c>row-N</c>.</param>
/// <param name="input">Its bytes.</param>
/// <param name="problem">Why it cannot become a call.</param>
internal delegate void BadRow(long row, ReadOnlySpan<byte> id, ReadOnlySpan<byte> input, string problem);

/// <summary>
/// A job's rows as calls, once. It is its own enumerator, used by one thread at a time; the counts may be read by any. Never throws: what ends
/// the input early stands in <see cref="Failure"/>, because an exception would have to pass the engine. It ends with its own token or with that
/// of the enumeration, whichever fires first: what waits for a silent input must not outlive a run that has failed.
/// </summary>
internal abstract class RowSource(CancellationToken stop) : IAsyncEnumerable<ToolCall>, IAsyncEnumerator<ToolCall>
{
    private long _next;
    private long _rows;
    private long _calls;
    private CancellationTokenSource? _linked;
    private long? _wanted;

    /// <summary>Which rows are run. Set before the first is read.</summary>
    public RowSelection Selection
    {
        get;
        set
        {
            field = value;

            // Now, because a set of rows is not asked by two threads at once.
            _wanted = value.Only is null ? null : Math.Min(value.Count(0, value.End), value.Limit ?? long.MaxValue);
        }
    }

    = RowSelection.All;

    /// <summary>Rows taken so far, good and bad; what <see cref="Selection"/> leaves out is not among them.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <summary>The number of the row that would be read next.</summary>
    public long Next => Volatile.Read(ref _next);

    /// <summary>Whether the source waits for bytes at this moment.</summary>
    public virtual bool IsWaiting => false;

    /// <summary>Calls handed out so far.</summary>
    public long Calls => Volatile.Read(ref _calls);

    /// <summary>Rows to be run in all, if that is known beforehand.</summary>
    public virtual long? Total => _wanted;

    /// <summary>How much of what is to be run has been read, 0 to 1; null if that cannot be known.</summary>
    public double? Fraction => Selection.Limit is { } limit ? Math.Max(limit == 0 ? 1 : (double)Rows / limit, FractionOfInput ?? 0) : FractionOfInput;

    /// <summary>What the output has of the rows; null if it is records.</summary>
    public virtual RowColumns? Columns => null;

    /// <summary>Why the input ended early; null if it did not.</summary>
    public string? Failure { get; protected set; }

    /// <summary>What a job ends with that ends of <see cref="Failure"/>: the input is no rows, or does not fit the job.</summary>
    public int FailureCode { get; protected set; } = JobExitCode.Input;

    public ToolCall Current { get; protected set; }

    /// <summary>How much of the input has been read, 0 to 1; null if that cannot be known.</summary>
    protected abstract double? FractionOfInput { get; }

    /// <summary>Whether the selection has as many rows as it wants.</summary>
    protected bool IsFull => _rows >= (Selection.Limit ?? long.MaxValue) || _next >= Selection.End;

    /// <summary>Fires when no more rows are to be read.</summary>
    protected CancellationToken Stop { get; private set; } = stop;

    /// <inheritdoc cref="RowToCall.Bind"/>
    public abstract void Bind(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> schemas);

    public IAsyncEnumerator<ToolCall> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _linked = CancellationTokenSource.CreateLinkedTokenSource(Stop, cancellationToken);
            Stop = _linked.Token;
        }

        return this;
    }

    public abstract ValueTask<bool> MoveNextAsync();

    /// <summary>Waits until enough of a stream is there to say whether it is rows; of a file that is known. See <see cref="Failure"/>.</summary>
    public virtual ValueTask PrimeAsync() => default;

    /// <summary>Counts the rows that were not run because of a stop; null if that cannot be known. Blocks.</summary>
    public long? CountRest(CancellationToken abort)
    {
        if (IsFull)
        {
            return 0;
        }

        return CountUnread(abort) is { } unread
            ? Math.Min(Selection.Count(_next, _next + unread), (Selection.Limit ?? long.MaxValue) - _rows)
            : null;
    }

    /// <summary>Ends the enumeration only: the counts are still wanted. See <see cref="Close"/>.</summary>
    public ValueTask DisposeAsync()
    {
        _linked?.Dispose();
        return default;
    }

    /// <summary>Frees what the source holds. Not while it is being enumerated.</summary>
    public abstract void Close();

    /// <summary>Counts the rows of the input that were not read; null if that cannot be known. Blocks.</summary>
    protected abstract long? CountUnread(CancellationToken abort);

    /// <summary>The number of the row at hand.</summary>
    protected long NextRow() => _next;

    /// <summary>Passes over the row at hand if it is not to be run.</summary>
    protected bool Skips()
    {
        if (!IsFull && Selection.Draws(_next))
        {
            return false;
        }

        Volatile.Write(ref _next, _next + 1);
        return true;
    }

    /// <summary>Goes on with the next row that may be run. For rows that need not be read to be passed over.</summary>
    protected void PassOver() => Volatile.Write(ref _next, Selection.Next(_next));

    /// <summary>At the input's end: rows that were asked for by number, and are not there, are failed rows, since they had a record and must not lose it.</summary>
    protected void TakeMissing(BadRow bad)
    {
        if (Selection.Only is null)
        {
            return;
        }

        var length = _next;
        for (PassOver(); !IsFull && !Stop.IsCancellationRequested; PassOver())
        {
            var row = _next;
            if (!Skips())
            {
                Took(isCall: false);
                bad(row, default, default, FormattableString.Invariant($"the input has no row {row}: it ends after {length:N0} rows, and must keep its rows when it is mended"));
            }
        }
    }

    /// <summary>Counts the row, and its call if it became one.</summary>
    protected void Took(bool isCall)
    {
        Volatile.Write(ref _next, _next + 1);
        Volatile.Write(ref _rows, _rows + 1);
        if (isCall)
        {
            Volatile.Write(ref _calls, _calls + 1);
        }
    }
}
