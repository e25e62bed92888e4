using System.Text.Json;
using System.Text.Unicode;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>Makes calls of rows. What it makes is borrowed and ends with the next row: the engine copies at intake.</summary>
internal abstract class RowToCall : IDisposable
{
    private readonly ByteBuffer _tag = new(256);
    private readonly ByteBuffer _unescaped = new(256);

    protected ToolNames Tools { get; } = new();

    /// <summary>The id of the row last seen, a JSON string or number; empty if it has none, or was not read that far.</summary>
    public ReadOnlySpan<byte> Id => _tag.Length == 0 ? default : new RowTag(_tag.Span).Id;

    /// <summary>What the record of a bad row keeps: the row last seen, or what it says that it was. Borrowed.</summary>
    public ReadOnlyMemory<byte> Input { get; protected set; }

    /// <summary>Tells the tools' schemas, before the first row.</summary>
    /// <param name="schemas">The JSON Schema of the arguments, by <c>server/tool</c>; may grow while rows are read.</param>
    public virtual void Bind(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> schemas)
    {
    }

    /// <summary>Makes the row's call.</summary>
    /// <returns>Null, or why the row cannot become a call.</returns>
    public string? Make(long row, ReadOnlyMemory<byte> line, out ToolCall call)
    {
        call = default;
        Input = line;
        _tag.Clear();
        if (!Utf8.IsValid(line.Span))
        {
            return $"the line {Utf8Text.WhyNot(line.Span)}";
        }

        try
        {
            return MakeOf(row, line, out call);
        }
        catch (JsonException e)
        {
            return $"the line is not one JSON value: {Cause(e)}";
        }
        catch (InvalidOperationException)
        {
            // The one way that System.Text.Json tells it, and the source must not throw: that would end the job.
            return "a name in the line holds half of a surrogate pair, which is no text; mend the input";
        }
    }

    public virtual void Dispose()
    {
        _tag.Dispose();
        _unescaped.Dispose();
    }

    protected abstract string? MakeOf(long row, ReadOnlyMemory<byte> line, out ToolCall call);

    /// <summary>Keeps what the record needs. Returns null, or why the id cannot be kept.</summary>
    protected string? SetTag(long row, int timeoutMs, ReadOnlySpan<byte> id)
    {
        if (id.Length > RowTag.MaxIdLength)
        {
            return $"the custom_id is longer than {RowTag.MaxIdLength:N0} bytes";
        }

        _tag.Clear();
        RowTag.WriteHead(_tag.Room(RowTag.HeadLength + id.Length), row, timeoutMs, id.Length);
        _tag.Advance(RowTag.HeadLength);
        _tag.Append(id);
        return null;
    }

    /// <summary>Keeps the row's columns for the output. Returns null, or why they cannot be kept.</summary>
    protected string? KeepColumns(RowColumns columns, ReadOnlySpan<byte> row)
    {
        columns.Append(_tag, row);
        return _tag.Length > ToolCall.MaxTagLength
            ? $"the row's columns are {_tag.Length - RowTag.HeadLength:N0} bytes long with its id, and at most {RowTag.MaxIdLength:N0} go to an output with 'append'"
            : null;
    }

    protected ToolCall Call(string tool, ReadOnlyMemory<byte> arguments, TimeSpan? timeout) =>
        new(tool, arguments) { Tag = _tag.Memory, Timeout = timeout, IsValidated = true };

    /// <summary>The text of a JSON string, which ends with the next use.</summary>
    protected ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> json)
    {
        if (!json.Contains((byte)'\\'))
        {
            return json[1..^1];
        }

        var reader = new Utf8JsonReader(json);
        reader.Read();
        _unescaped.Clear();
        try
        {
            _unescaped.Advance(reader.CopyString(_unescaped.Room(json.Length)));
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: no tool's name, and told as such.
            return default;
        }

        return _unescaped.Span;
    }

    protected static string? CheckTool(ReadOnlySpan<byte> tool)
    {
        var slash = tool.IndexOf((byte)'/');
        return slash > 0 && slash < tool.Length - 1 ? null : "the tool is not of the form server/tool";
    }

    private static string Cause(JsonException e)
    {
        // The library's sentence ends with a line number, which is 0 for one line, and with the place, which is kept in our words.
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var sentence = (end < 0 ? e.Message : e.Message[..end]).TrimEnd('.');
        return e.BytePositionInLine is { } at ? $"{sentence} (byte {at})" : sentence;
    }
}
