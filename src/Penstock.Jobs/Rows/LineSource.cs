namespace Penstock.Jobs.Rows;

/// <summary>Rows from JSON lines. Blank lines are no rows.</summary>
/// <param name="blocks">The bytes; closed with the source.</param>
/// <param name="name">What the input is called in messages.</param>
/// <param name="toCall">Makes the calls; closed with the source.</param>
/// <param name="bad">Takes rows that cannot become calls.</param>
/// <param name="stop">Fires when no more rows are to be read.</param>
/// <param name="columns">Makes the rows that go out with further columns; null = none do.</param>
/// <param name="isGuess">Whether nobody has said that these are JSON lines: a table is refused then, and not row by row.</param>
internal sealed class LineSource(
    InputBlocks blocks, string name, RowToCall toCall, BadRow bad, CancellationToken stop, RowColumns? columns = null, bool isGuess = false)
    : BlockSource(blocks, name, toCall, bad, stop)
{
    /// <summary>The start of a row that is too long goes to its record, so that the row can be recognised.</summary>
    private const int KeptOfTooLong = 1024;

    private readonly LineReader _lines = new(blocks);

    public override RowColumns? Columns => columns;

    protected override string? WhyNotRows(ReadOnlySpan<byte> start) =>
        base.WhyNotRows(start) ?? (isGuess ? InputStart.WhyNotJsonLines(start) : null);

    protected override bool TryTakeRow()
    {
        while (_lines.TryRead(out var line, out var isTooLong))
        {
            if (IsBlank(line.Span))
            {
                continue;
            }

            if (isTooLong)
            {
                TakeBad(
                    line.Span[..Math.Min(KeptOfTooLong, line.Length)],
                    $"the line is longer than {LineReader.MaxLineLength:N0} bytes; only its start is kept here");
            }
            else if (TryTake(line))
            {
                return true;
            }
        }

        return false;
    }

    protected override int CountBuffered()
    {
        var count = 0;
        while (_lines.TryRead(out var line, out _))
        {
            count += IsBlank(line.Span) ? 0 : 1;
        }

        return count;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') < 0;
}
