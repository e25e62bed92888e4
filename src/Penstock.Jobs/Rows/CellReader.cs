using System.Text;
using System.Text.Json;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>Finds the columns of a template in a row.</summary>
internal abstract class CellReader : IDisposable
{
    /// <summary>Finds them.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cells">Takes the places, one for each column of the template.</param>
    /// <param name="bytes">What the places refer to: the row, or what was made of it.</param>
    /// <returns>Null, or why the row has no columns.</returns>
    /// <exception cref="JsonException">The row is not one JSON value.</exception>
    public abstract string? Read(ReadOnlyMemory<byte> row, Span<Cell> cells, out ReadOnlySpan<byte> bytes);

    public virtual void Dispose()
    {
    }
}

/// <summary>A row of a range: one number, the value of every column.</summary>
internal sealed class NumberCells : CellReader
{
    public override string? Read(ReadOnlyMemory<byte> row, Span<Cell> cells, out ReadOnlySpan<byte> bytes)
    {
        bytes = row.Span;
        cells.Fill(new Cell(0, row.Length, CellKind.Json));
        return null;
    }
}

/// <summary>A row that is a JSON object.</summary>
/// <param name="columns">The columns of the template.</param>
/// <param name="append">Names that the row may not have, since the output adds them; null = none.</param>
internal sealed class JsonCells(IReadOnlyList<string> columns, AppendTemplate? append = null) : CellReader
{
    /// <summary>The columns, then the names that may not be there.</summary>
    private readonly byte[][] _columns = [.. columns.Concat(append?.Columns.Select(static c => c.Name) ?? []).Select(Encoding.UTF8.GetBytes)];

    public override string? Read(ReadOnlyMemory<byte> row, Span<Cell> cells, out ReadOnlySpan<byte> bytes)
    {
        bytes = row.Span;
        cells.Clear();
        var reader = new Utf8JsonReader(bytes, CallLine.ReaderOptions);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            reader.Read();
            return "the line is not a JSON object";
        }

        var taken = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var column = ColumnOf(ref reader);
            reader.Read();
            var slice = Slice.Take(ref reader);
            if (column >= cells.Length)
            {
                taken = column - cells.Length;
            }
            else if (column >= 0)
            {
                var kind = slice.Kind switch
                {
                    JsonTokenType.String => CellKind.String,
                    JsonTokenType.Null => CellKind.Null,
                    _ => CellKind.Json,
                };
                cells[column] = new Cell(slice.Start, slice.Length, kind);
            }
        }

        // Anything after the object is an error, which this read throws.
        reader.Read();
        return taken < 0 ? null : $"the row has a member '{append!.Columns[taken].Name}' already, which output.append adds; give that one another name";
    }

    private int ColumnOf(ref Utf8JsonReader reader)
    {
        for (var i = 0; i < _columns.Length; i++)
        {
            if (reader.ValueTextEquals(_columns[i]))
            {
                return i;
            }
        }

        return -1;
    }
}

/// <summary>A row that is a CSV record; its fields are those that the reader found last.</summary>
internal sealed class CsvCells(CsvReader reader, IReadOnlyList<string> columns) : CellReader
{
    private readonly ByteBuffer _undoubled = new(256);
    private readonly int[] _fields = new int[columns.Count];
    private int _headerLength;

    /// <summary>Finds the columns in the header.</summary>
    /// <returns>Null, or which of them it lacks or has twice.</returns>
    public string? Bind(IReadOnlyList<string> header)
    {
        _headerLength = header.Count;
        for (var i = 0; i < columns.Count; i++)
        {
            if (ColumnNames.WhyUnusable(columns[i], header) is { } why)
            {
                return why;
            }

            _fields[i] = header.Index().First(h => h.Item == columns[i]).Index;
        }

        return null;
    }

    public override string? Read(ReadOnlyMemory<byte> row, Span<Cell> cells, out ReadOnlySpan<byte> bytes)
    {
        bytes = row.Span;
        var fields = reader.Fields;
        if (fields.Length != _headerLength)
        {
            return fields.Length < _headerLength
                ? $"the row has {fields.Length} fields, the header has {_headerLength}; add what is missing, and put fields with line breaks in quotes"
                : $"the row has {fields.Length} fields, the header has {_headerLength}; put fields that hold the separator in quotes";
        }

        var hasQuotes = false;
        for (var i = 0; i < cells.Length; i++)
        {
            ref readonly var field = ref fields[_fields[i]];
            cells[i] = new Cell(field.Start, field.Length, CellKind.Text);
            hasQuotes |= field.HasQuotes;
        }

        if (hasQuotes)
        {
            bytes = Undouble(bytes, fields, cells);
        }

        return null;
    }

    public override void Dispose()
    {
        _undoubled.Dispose();
        base.Dispose();
    }

    /// <summary>The row with its fields that have doubled quotes once more behind it, with single ones.</summary>
    private ReadOnlySpan<byte> Undouble(ReadOnlySpan<byte> row, ReadOnlySpan<CsvField> fields, Span<Cell> cells)
    {
        _undoubled.Clear();
        _undoubled.Append(row);
        for (var i = 0; i < cells.Length; i++)
        {
            ref readonly var field = ref fields[_fields[i]];
            if (!field.HasQuotes)
            {
                continue;
            }

            var start = _undoubled.Length;
            var rest = row.Slice(field.Start, field.Length);
            for (var at = rest.IndexOf((byte)'"'); at >= 0; at = rest.IndexOf((byte)'"'))
            {
                _undoubled.Append(rest[..(at + 1)]);
                rest = rest[(at + 2)..];
            }

            _undoubled.Append(rest);
            cells[i] = new Cell(start, _undoubled.Length - start, CellKind.Text);
        }

        return _undoubled.Span;
    }
}
