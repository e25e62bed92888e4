using System.Text.Json;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>Where a column's value stands in its row. <see cref="JsonTokenType.None"/> = the row has no such column.</summary>
internal readonly record struct Cell(int Start, int Length, JsonTokenType Kind);

internal enum SegmentKind : byte
{
    /// <summary>JSON of the template itself.</summary>
    Literal,

    /// <summary>A column's value as it is: a lone <c>"{{x}}"</c>.</summary>
    Value,

    /// <summary>A column's text inside a string.</summary>
    Text,
}

/// <param name="Kind">What is appended.</param>
/// <param name="Literal">The bytes of a literal.</param>
/// <param name="Column">The column's place among the template's columns.</param>
internal readonly record struct Segment(SegmentKind Kind, byte[] Literal, int Column);

/// <summary>A JSON value with holes, filled from a row without allocating.</summary>
internal sealed class JsonTemplate(Segment[] segments)
{
    public bool IsConstant => Array.TrueForAll(segments, static s => s.Kind == SegmentKind.Literal);

    /// <summary>Appends the filled template.</summary>
    /// <returns>-1, or the column that the row lacks.</returns>
    public int Fill(ByteBuffer into, ReadOnlySpan<byte> row, ReadOnlySpan<Cell> cells)
    {
        foreach (ref readonly var segment in segments.AsSpan())
        {
            if (segment.Kind == SegmentKind.Literal)
            {
                into.Append(segment.Literal);
                continue;
            }

            var cell = cells[segment.Column];
            if (cell.Kind == JsonTokenType.None)
            {
                return segment.Column;
            }

            var value = row.Slice(cell.Start, cell.Length);
            if (segment.Kind == SegmentKind.Value)
            {
                into.Append(value);
            }
            else
            {
                AppendText(into, value, cell.Kind);
            }
        }

        return -1;
    }

    private static void AppendText(ByteBuffer into, ReadOnlySpan<byte> value, JsonTokenType kind)
    {
        switch (kind)
        {
            // Escaped as the row had it, which is as a string here needs it.
            case JsonTokenType.String:
                into.Append(value[1..^1]);
                break;
            case JsonTokenType.Null:
                break;
            default:
                JsonText.AppendEscaped(into, value);
                break;
        }
    }
}
