using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>The cells of a CSV record; its fields are those that the reader found last.</summary>
internal sealed class CsvColumns(CsvReader reader, AppendTemplate append) : RowColumns(append)
{
    /// <summary>What stands before each value of an object: a brace or comma, and the key.</summary>
    private byte[][] _keys = [];

    /// <summary>Takes the header over.</summary>
    /// <param name="header">The names.</param>
    /// <param name="record">The header as it stands.</param>
    /// <returns>Null, or why it cannot head the output: the rest of a sentence that starts with the input's name.</returns>
    public string? Bind(IReadOnlyList<string> header, ReadOnlySpan<byte> record)
    {
        if (Template.Columns.FirstOrDefault(c => header.Contains(c.Name)) is { } taken)
        {
            return $"has a column '{taken.Name}' already, which output.append adds; give that one another name";
        }

        if (Table is null)
        {
            if (header.GroupBy(static h => h).FirstOrDefault(static g => g.Count() > 1) is { } twice)
            {
                return $"has the column '{twice.Key}' {twice.Count()} times, which JSON cannot; rename all but one";
            }

            _keys = [.. header.Select(Key)];
            Header = [];
            return null;
        }

        using var cells = new ByteBuffer(256);
        AppendCells(cells, Table, record);
        Header = HeaderOf(cells.Span);
        return null;
    }

    public override void Append(ByteBuffer into, ReadOnlySpan<byte> row)
    {
        if (Table is { } table)
        {
            AppendCells(into, table, row);
        }
        else
        {
            AppendMembers(into, row);
        }
    }

    private static byte[] Key(string name, int index)
    {
        using var key = new ByteBuffer(64);
        key.Append(index == 0 ? (byte)'{' : (byte)',');
        JsonText.AppendString(key, name);
        key.Append((byte)':');
        return key.Span.ToArray();
    }

    private void AppendCells(ByteBuffer into, CsvText table, ReadOnlySpan<byte> row)
    {
        var isFirst = true;
        foreach (ref readonly var field in reader.Fields)
        {
            if (!isFirst)
            {
                into.Append(table.Separator);
            }

            isFirst = false;
            var cell = row.Slice(field.Start, field.Length);
            if (field.HasQuotes)
            {
                CsvText.AppendDoubled(into, cell);
            }
            else
            {
                table.AppendCell(into, cell);
            }
        }
    }

    private void AppendMembers(ByteBuffer into, ReadOnlySpan<byte> row)
    {
        var fields = reader.Fields;
        for (var i = 0; i < fields.Length; i++)
        {
            ref readonly var field = ref fields[i];
            var cell = row.Slice(field.Start, field.Length);
            into.Append(_keys[i]);
            into.Append((byte)'"');
            for (var at = field.HasQuotes ? cell.IndexOf((byte)'"') : -1; at >= 0; at = cell.IndexOf((byte)'"'))
            {
                // One quote of the two.
                JsonText.AppendEscaped(into, cell[..(at + 1)]);
                cell = cell[(at + 2)..];
            }

            JsonText.AppendEscaped(into, cell);
            into.Append((byte)'"');
        }
    }
}
