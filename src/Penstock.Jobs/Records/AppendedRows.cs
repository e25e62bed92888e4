using System.Text;
using System.Text.Unicode;
using Penstock.Jobs.Bytes;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Records;

/// <summary>
/// Writes the rows of an output that has the input's columns and, behind them, values of the results. Nothing on the heap per row.
/// No locking: <see cref="RecordSink"/> owns it.
/// </summary>
internal sealed class AppendedRows : IDisposable
{
    private readonly RowColumns _columns;
    private readonly CsvText? _table;
    private readonly PointerScanner _scanner;
    private readonly MissingColumns _missing;
    private readonly JsonPlace[] _places;
    private readonly byte[][] _keys;
    private readonly ByteBuffer _text = new(256);
    private bool _hasHeader;

    public AppendedRows(AppendTemplate template, RowColumns columns)
    {
        _columns = columns;
        _table = template.Separator is { } separator ? new CsvText(separator) : null;
        _scanner = new PointerScanner([.. template.Columns.Select(static c => c.Pointer)]);
        _missing = new MissingColumns(template.Columns);
        _places = new JsonPlace[template.Columns.Count];
        _keys = [.. template.Columns.Select(static c => Key(c.Name))];
    }

    /// <summary>Appends the header if there is one, it is known, and not yet written.</summary>
    public void AppendHeader(ByteBuffer into)
    {
        if (_hasHeader || _columns.Header is not { } header)
        {
            return;
        }

        _hasHeader = true;
        if (header.Length > 0)
        {
            into.Append(header);
            into.Append((byte)'\n');
        }
    }

    /// <summary>Appends a row, without its end.</summary>
    /// <param name="into">Takes the bytes.</param>
    /// <param name="columns">What <see cref="RowColumns"/> made of the row.</param>
    /// <param name="result">The tool's result, JSON.</param>
    public void Append(ByteBuffer into, ReadOnlySpan<byte> columns, ReadOnlySpan<byte> result)
    {
        _scanner.Find(result, _places);
        _missing.Note(_places, result);
        into.Append(columns);
        if (_table is { } table)
        {
            foreach (ref readonly var place in _places.AsSpan())
            {
                into.Append(table.Separator);
                AppendCell(into, table, place.Of(result));
            }

            return;
        }

        for (var i = 0; i < _places.Length; i++)
        {
            // Only an object without members ends with its brace.
            into.Append(i == 0 && columns[^1] == '{' ? [] : ","u8);
            into.Append(_keys[i]);
            JsonText.AppendOneLine(into, _places[i].Length == 0 ? "null"u8 : _places[i].Of(result));
        }

        into.Append((byte)'}');
    }

    /// <inheritdoc cref="MissingColumns.Tell"/>
    public IEnumerable<string> TellMissing() => _missing.Tell();

    public void Dispose()
    {
        _missing.Dispose();
        _scanner.Dispose();
        _text.Dispose();
    }

    private static byte[] Key(string name)
    {
        using var key = new ByteBuffer(64);
        JsonText.AppendString(key, name);
        key.Append((byte)':');
        return key.Span.ToArray();
    }

    private void AppendCell(ByteBuffer into, CsvText table, ReadOnlySpan<byte> json)
    {
        switch (json)
        {
            case [] or [(byte)'n', ..]:
                break;
            case [(byte)'"', ..]:
                table.AppendCell(into, TextOf(json[1..^1]));
                break;
            case [(byte)'{' or (byte)'[', ..]:
                _text.Clear();
                JsonText.AppendOneLine(_text, json);
                table.AppendCell(into, _text.Span);
                break;
            default:
                table.AppendCell(into, json);
                break;
        }
    }

    private ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> raw)
    {
        if (!Utf8.IsValid(raw))
        {
            // The output is text, whatever a server sends.
            raw = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(raw));
        }

        if (!raw.Contains((byte)'\\'))
        {
            return raw;
        }

        _text.Clear();
        JsonString.AppendText(_text, raw);
        return _text.Span;
    }
}
