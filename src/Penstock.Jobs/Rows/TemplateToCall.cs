using System.Text;
using System.Text.Json;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>Rows whose columns fill the job's templates.</summary>
/// <param name="template">The job's <c>call</c>.</param>
/// <param name="isNumber">The row is not an object but one number, the value of every column: rows of a range.</param>
internal sealed class TemplateToCall(CallTemplate template, bool isNumber) : RowToCall
{
    private readonly byte[][] _columns = [.. template.Columns.Select(Encoding.UTF8.GetBytes)];
    private readonly Cell[] _cells = new Cell[template.Columns.Count];
    private readonly ByteBuffer _id = new(64);
    private readonly ByteBuffer _tool = new(64);
    private readonly ByteBuffer _arguments = new(512);
    private readonly int _timeoutMs = (int)(template.Timeout?.TotalMilliseconds ?? 0);

    public override void Dispose()
    {
        _id.Dispose();
        _tool.Dispose();
        _arguments.Dispose();
        base.Dispose();
    }

    protected override string? MakeOf(long row, ReadOnlyMemory<byte> line, out ToolCall call)
    {
        call = default;
        var bytes = line.Span;
        if (isNumber)
        {
            Array.Fill(_cells, new Cell(0, bytes.Length, JsonTokenType.Number));
        }
        else if (!TryReadCells(bytes))
        {
            return "the line is not a JSON object";
        }

        var problem = Fill(template.Id, _id, bytes);
        if (problem is not null)
        {
            return problem;
        }

        problem = SetTag(row, _timeoutMs, _id.Span) ?? Fill(template.Arguments, _arguments, bytes) ?? Fill(template.ToolTemplate, _tool, bytes);
        if (problem is not null)
        {
            return problem;
        }

        if (_arguments.Length > 0 && _arguments.Span[0] != '{')
        {
            return "arguments must be an object";
        }

        var tool = template.Tool;
        if (tool is null)
        {
            var name = Unescape(_tool.Span);
            if (CheckTool(name) is { } toolProblem)
            {
                return toolProblem;
            }

            tool = Tools.Get(name);
        }

        call = Call(tool, _arguments.Memory, template.Timeout);
        return null;
    }

    private string? Fill(JsonTemplate? part, ByteBuffer into, ReadOnlySpan<byte> row)
    {
        into.Clear();
        var missing = part?.Fill(into, row, _cells) ?? -1;
        return missing < 0 ? null : $"the row has no column '{template.Columns[missing]}'";
    }

    private bool TryReadCells(ReadOnlySpan<byte> line)
    {
        Array.Clear(_cells);
        var reader = new Utf8JsonReader(line, CallLine.ReaderOptions);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            reader.Read();
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var column = ColumnOf(ref reader);
            reader.Read();
            var slice = Slice.Take(ref reader);
            if (column >= 0)
            {
                _cells[column] = new Cell(slice.Start, slice.Length, slice.Kind);
            }
        }

        // Anything after the object is an error, which this read throws.
        reader.Read();
        return true;
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
