using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>
/// Makes what an output with appended columns has of a row: its columns, to the point where the appended ones follow. That travels with the
/// call, so that the row need not be read again when its result comes. One thread at a time, except for <see cref="Header"/>.
/// </summary>
internal abstract class RowColumns(AppendTemplate append)
{
    private volatile byte[]? _header;

    /// <summary>The line that heads the output, without its end: empty = none, null = not known before more of the input is read.</summary>
    public byte[]? Header
    {
        get => _header;
        protected set => _header = value;
    }

    protected AppendTemplate Template { get; } = append;

    /// <summary>Writes cells; null if the output is JSON lines.</summary>
    protected CsvText? Table { get; } = append.Separator is { } separator ? new CsvText(separator) : null;

    /// <summary>Appends the row's columns.</summary>
    public abstract void Append(ByteBuffer into, ReadOnlySpan<byte> row);

    /// <summary>The head of a table whose own columns are known.</summary>
    protected byte[] HeaderOf(ReadOnlySpan<byte> columns)
    {
        if (Table is not { } table)
        {
            return [];
        }

        using var header = new ByteBuffer(256);
        header.Append(columns);
        foreach (var column in Template.Columns)
        {
            header.Append(table.Separator);
            table.AppendCell(header, System.Text.Encoding.UTF8.GetBytes(column.Name));
        }

        return header.Span.ToArray();
    }
}

/// <summary>The one column of a range.</summary>
internal sealed class NumberColumns : RowColumns
{
    public NumberColumns(AppendTemplate append)
        : base(append) => Header = HeaderOf("n"u8);

    public override void Append(ByteBuffer into, ReadOnlySpan<byte> row)
    {
        into.Append(Table is null ? "{\"n\":"u8 : []);
        into.Append(row);
    }
}

/// <summary>The members of a JSON line.</summary>
internal sealed class JsonColumns : RowColumns
{
    public JsonColumns(AppendTemplate append)
        : base(append) => Header = [];

    /// <summary>The row is known to be one object.</summary>
    public override void Append(ByteBuffer into, ReadOnlySpan<byte> row)
    {
        var members = row.Trim(" \t\r\n"u8)[..^1];
        JsonText.AppendOneLine(into, members.TrimEnd(" \t\r\n"u8));
    }
}
