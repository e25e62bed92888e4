using System.Buffers.Text;

namespace Penstock.Jobs.Rows;

/// <summary>Rows 0 to N-1 with the one column <c>n</c>.</summary>
internal sealed class RangeSource(long count, RowToCall toCall, BadRow bad, CancellationToken stop, RowColumns? columns = null) : RowSource(stop)
{
    /// <summary>Counting the rows of a share takes about a nanosecond each: a tenth of a second at most.</summary>
    private const long MostCounted = 100_000_000;

    private readonly byte[] _digits = new byte[20];
    private long? _drawn;

    public override long? Total => Selection switch
    {
        { Only: not null } => base.Total,
        { Share: >= 1 } => Math.Min(Selection.Count(0, count), Selection.Limit ?? count),
        _ when count > MostCounted => null,
        _ => Math.Min(_drawn ??= Selection.Count(0, count), Selection.Limit ?? count),
    };

    public override RowColumns? Columns => columns;

    protected override double? FractionOfInput => count == 0 ? 1 : Math.Min(1, (double)Next / count);

    public override ValueTask<bool> MoveNextAsync()
    {
        for (PassOver(); Next < count && !IsFull && !Stop.IsCancellationRequested; PassOver())
        {
            if (Skips())
            {
                continue;
            }

            var row = NextRow();
            Utf8Formatter.TryFormat(row, _digits, out var length);
            var problem = toCall.Make(row, _digits.AsMemory(0, length), out var call);
            Took(problem is null);
            if (problem is null)
            {
                Current = call;
                return new(true);
            }

            bad(row, toCall.Id, _digits.AsSpan(0, length), problem);
        }

        if (!Stop.IsCancellationRequested)
        {
            TakeMissing(bad);
        }

        return new(false);
    }

    public override void Bind(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> schemas) => toCall.Bind(schemas);

    protected override long? CountUnread(CancellationToken abort) => Math.Max(0, count - Next);

    public override void Close() => toCall.Dispose();
}
