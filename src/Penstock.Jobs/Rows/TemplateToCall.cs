using System.Text.Json;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>Rows whose columns fill the job's templates.</summary>
/// <param name="template">The job's <c>call</c>.</param>
/// <param name="reader">Finds the columns in a row; disposed with this.</param>
/// <param name="columns">Makes what the output has of the row; null = nothing.</param>
internal sealed class TemplateToCall(CallTemplate template, CellReader reader, RowColumns? columns = null) : RowToCall
{
    /// <summary>Bytes of <c>""</c>: of an id that is empty, which so is none.</summary>
    private const int EmptyString = 2;

    private readonly Cell[] _cells = new Cell[template.Columns.Count];
    private readonly ByteBuffer _id = new(64);
    private readonly ByteBuffer _tool = new(64);
    private readonly ByteBuffer _arguments = new(512);
    private readonly int _timeoutMs = (int)(template.Timeout?.TotalMilliseconds ?? 0);
    private readonly Dictionary<string, HoleType[]> _types = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, ReadOnlyMemory<byte>> _schemas = new Dictionary<string, ReadOnlyMemory<byte>>();

    public override void Bind(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> schemas) => _schemas = schemas;

    public override void Dispose()
    {
        _id.Dispose();
        _tool.Dispose();
        _arguments.Dispose();
        reader.Dispose();
        base.Dispose();
    }

    protected override string? MakeOf(long row, ReadOnlyMemory<byte> line, out ToolCall call)
    {
        call = default;
        var problem = reader.Read(line, _cells, out var bytes)
            ?? Fill(template.Id, _id, bytes, default)
            ?? SetTag(row, _timeoutMs, _id.Length > EmptyString ? _id.Span : default)
            ?? (columns is null ? null : KeepColumns(columns, line.Span))
            ?? Fill(template.ToolTemplate, _tool, bytes, default);
        if (problem is not null)
        {
            return problem;
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

        problem = Fill(template.Arguments, _arguments, bytes, TypesOf(tool));
        if (problem is not null)
        {
            return problem;
        }

        if (_arguments.Length > 0 && _arguments.Span[0] != '{')
        {
            return "arguments must be an object";
        }

        call = Call(tool, _arguments.Memory, template.Timeout);
        return null;
    }

    private string? Fill(JsonTemplate? part, ByteBuffer into, ReadOnlySpan<byte> row, ReadOnlySpan<HoleType> types)
    {
        into.Clear();
        return part?.Fill(into, row, _cells, types);
    }

    private HoleType[] TypesOf(string tool)
    {
        if (!_types.TryGetValue(tool, out var types))
        {
            if (template.Arguments is not { } arguments || !_schemas.TryGetValue(tool, out var schema))
            {
                return [];
            }

            types = HoleType.Read(schema, arguments.Holes);
            _types.Add(tool, types);
        }

        return types;
    }
}
