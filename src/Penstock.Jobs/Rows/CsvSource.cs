using System.Text;
using System.Text.Unicode;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>Rows from CSV, with the names of the columns in its first record.</summary>
internal sealed class CsvSource : BlockSource
{
    private readonly CsvReader _reader;
    private readonly CsvCells _cells;
    private readonly CsvColumns? _columns;
    private bool _hasHeader;
    private int _width;

    private CsvSource(InputBlocks blocks, string name, TemplateToCall toCall, CsvReader reader, CsvCells cells, CsvColumns? columns, BadRow bad, CancellationToken stop)
        : base(blocks, name, toCall, bad, stop)
    {
        _reader = reader;
        _cells = cells;
        _columns = columns;
    }

    /// <param name="blocks">The bytes; closed with the source.</param>
    /// <param name="name">What the input is called in messages.</param>
    /// <param name="separator">What stands between fields.</param>
    /// <param name="template">The job's <c>call</c>.</param>
    /// <param name="append">The job's <c>output.append</c>; null = none.</param>
    /// <param name="bad">Takes rows that cannot become calls.</param>
    /// <param name="stop">Fires when no more rows are to be read.</param>
    public static CsvSource Open(InputBlocks blocks, string name, byte separator, CallTemplate template, AppendTemplate? append, BadRow bad, CancellationToken stop)
    {
        var reader = new CsvReader(blocks, separator);
        var cells = new CsvCells(reader, template.Columns);
        var columns = append is null ? null : new CsvColumns(reader, append);
        return new CsvSource(blocks, name, new TemplateToCall(template, cells, columns), reader, cells, columns, bad, stop);
    }

    /// <summary>The names of the columns, if the header is what was read last.</summary>
    /// <exception cref="InvalidDataException">It is no header; the message says why.</exception>
    public static List<string> ReadHeader(ReadOnlySpan<byte> record, ReadOnlySpan<CsvField> fields, string? problem)
    {
        if (problem is not null)
        {
            throw new InvalidDataException($"has no header: {problem}");
        }

        if (!Utf8.IsValid(record))
        {
            // The names could be matched by none, or go to an output that then is no text.
            throw new InvalidDataException($"has a header that {Utf8Text.WhyNot(record)}");
        }

        var header = new List<string>();
        foreach (ref readonly var field in fields)
        {
            var name = Encoding.UTF8.GetString(record.Slice(field.Start, field.Length));
            header.Add((field.HasQuotes ? name.Replace("\"\"", "\"", StringComparison.Ordinal) : name).Trim());
        }

        return header;
    }

    public override RowColumns? Columns => _columns;

    protected override bool IsPrimed()
    {
        if (!_hasHeader && _reader.TryRead(out var record, out var problem))
        {
            TakeHeader(record.Span, problem);
        }
        else if (!_hasHeader && Blocks.IsAtEnd)
        {
            Failure ??= $"{Name} is empty: CSV starts with a line that names the columns";
        }

        return _hasHeader || Failure is not null;
    }

    protected override bool TryTakeRow()
    {
        while (IsPrimed() && Failure is null && _reader.TryRead(out var record, out var problem))
        {
            if (IsBlank(record.Span, problem))
            {
                continue;
            }

            if (problem is not null)
            {
                TakeBad(record.Span, Locate(problem));
            }
            else if (TryTake(record))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Fields may hold line breaks, so the row's number is not its line.</summary>
    protected override string Locate(string problem) => $"line {_reader.Line}: {problem}";

    protected override int CountBuffered()
    {
        var count = 0;
        while (_reader.TryRead(out var record, out var problem))
        {
            count += IsBlank(record.Span, problem) ? 0 : 1;
        }

        return count;
    }

    /// <summary>A line of spaces is as empty as it looks, unless the table has one column: there it is a cell.</summary>
    private bool IsBlank(ReadOnlySpan<byte> record, string? problem) =>
        _reader.Fields.Length == 1 && _width > 1 && problem is null && record.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0;

    private void TakeHeader(ReadOnlySpan<byte> record, string? problem)
    {
        _hasHeader = true;
        try
        {
            var header = ReadHeader(record, _reader.Fields, problem);
            _width = header.Count;
            if ((_cells.Bind(header) ?? _columns?.Bind(header, record)) is { } why)
            {
                (Failure, FailureCode) = ($"{Name} {why}", JobExitCode.Config);
            }
        }
        catch (InvalidDataException e)
        {
            Failure = $"{Name} {e.Message}";
        }
    }
}
