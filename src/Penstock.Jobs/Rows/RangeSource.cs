using System.Buffers.Text;

namespace Penstock.Jobs.Rows;

/// <summary>Rows 0 to N-1 with the one column <c>n</c>.</summary>
internal sealed class RangeSource(long count, RowToCall toCall, BadRow bad, CancellationToken stop, RowColumns? columns = null) : RowSource(stop)
{
    private readonly byte[] _digits = new byte[20];

    public override long? Total => count;

    public override RowColumns? Columns => columns;

    public override double? Fraction => count == 0 ? 1 : (double)Rows / count;

    public override ValueTask<bool> MoveNextAsync()
    {
        while (Rows < count && !Stop.IsCancellationRequested)
        {
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

        return new(false);
    }

    public override void Bind(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> schemas) => toCall.Bind(schemas);

    public override long? CountRest(CancellationToken abort) => count - Rows;

    public override void Close() => toCall.Dispose();
}
