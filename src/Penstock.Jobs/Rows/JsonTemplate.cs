using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

internal enum SegmentKind : byte
{
    /// <summary>JSON of the template itself.</summary>
    Literal,

    /// <summary>A member's key; a comma goes before it if it is not the first that is written.</summary>
    Key,

    /// <summary>A column's value: a lone <c>"{{x}}"</c> in a list, or the whole template.</summary>
    Value,

    /// <summary>A key and a column's value: a lone <c>"{{x}}"</c> as a member, left out where the cell is empty.</summary>
    Member,

    /// <summary>A column's text inside a string.</summary>
    Text,
}

/// <param name="Kind">What is appended.</param>
/// <param name="Literal">The bytes of a literal or key, with its colon.</param>
/// <param name="Column">The column's place among the template's columns.</param>
/// <param name="Hole">The place among <see cref="JsonTemplate.Holes"/> of a value or member.</param>
internal readonly record struct Segment(SegmentKind Kind, byte[] Literal, int Column = -1, int Hole = -1);

/// <summary>A JSON value with holes, filled from a row without allocating.</summary>
/// <param name="segments">What is appended, in order.</param>
/// <param name="columns">The names of the columns.</param>
/// <param name="holes">The keys that lead to each value that is one column alone.</param>
internal sealed class JsonTemplate(Segment[] segments, IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> holes)
{
    public bool IsConstant => Array.TrueForAll(segments, static s => s.Kind is SegmentKind.Literal or SegmentKind.Key);

    public IReadOnlyList<IReadOnlyList<string>> Holes => holes;

    /// <summary>Appends the filled template.</summary>
    /// <param name="into">Takes the bytes.</param>
    /// <param name="row">What the cells refer to.</param>
    /// <param name="cells">The columns' values.</param>
    /// <param name="types">What is asked of each hole; empty = nothing is known.</param>
    /// <returns>Null, or why the row does not fit.</returns>
    public string? Fill(ByteBuffer into, ReadOnlySpan<byte> row, ReadOnlySpan<Cell> cells, ReadOnlySpan<HoleType> types)
    {
        foreach (ref readonly var segment in segments.AsSpan())
        {
            if (segment.Column < 0)
            {
                AppendLiteral(into, in segment);
                continue;
            }

            var cell = cells[segment.Column];
            if (cell.Kind == CellKind.Missing)
            {
                return $"the row has no column '{columns[segment.Column]}'";
            }

            var value = row.Slice(cell.Start, cell.Length);
            if (segment.Kind == SegmentKind.Text)
            {
                AppendText(into, value, cell.Kind);
                continue;
            }

            var type = segment.Hole < types.Length ? types[segment.Hole] : default;
            var isEmpty = IsEmpty(cell, type.Kind);
            if (segment.Kind == SegmentKind.Member)
            {
                if (isEmpty && !type.IsRequired)
                {
                    continue;
                }

                AppendLiteral(into, in segment);
            }

            if (!ValueConversion.TryAppend(into, value, cell.Kind, type.Kind))
            {
                return Misfit(segment, value, isEmpty, type.Kind);
            }
        }

        return null;
    }

    /// <summary>
    /// An empty cell of a table. In JSON lines null and, where no text is asked for, an empty string: where nothing is known of the argument they
    /// are what they are.
    /// </summary>
    private static bool IsEmpty(Cell cell, ValueKind wanted) => cell.Kind switch
    {
        CellKind.Text => cell.Length == 0,
        CellKind.Null => wanted != ValueKind.Any,
        CellKind.String => cell.Length == 2 && wanted is not (ValueKind.Any or ValueKind.String),
        _ => false,
    };

    private static void AppendLiteral(ByteBuffer into, in Segment segment)
    {
        if (segment.Kind is SegmentKind.Key or SegmentKind.Member && into.Span[^1] != '{')
        {
            into.Append((byte)',');
        }

        into.Append(segment.Literal);
    }

    private static void AppendText(ByteBuffer into, ReadOnlySpan<byte> value, CellKind kind)
    {
        switch (kind)
        {
            // Escaped as the row had it, which is as a string here needs it.
            case CellKind.String:
                into.Append(value[1..^1]);
                break;
            case CellKind.Null:
                break;
            default:
                JsonText.AppendEscaped(into, value);
                break;
        }
    }

    /// <summary>What looks like a number to many, as 1,5 and +5 do, and is none of JSON's.</summary>
    private static string Spelling(ValueKind wanted) => wanted switch
    {
        ValueKind.Integer => " as JSON writes it (17, -3)",
        ValueKind.Number => " as JSON writes it (17, -0.5)",
        _ => "",
    };

    private string Misfit(Segment segment, ReadOnlySpan<byte> value, bool isEmpty, ValueKind wanted)
    {
        const int MostShown = 40;
        var form = wanted switch
        {
            ValueKind.Integer => "a whole number",
            ValueKind.Number => "a number",
            ValueKind.Boolean => "true or false",
            _ => "a JSON object or list",
        };
        var name = string.Join('.', holes[segment.Hole]);
        var shown = Math.Min(value.Length, MostShown);
        while (shown > 0 && shown < value.Length && (value[shown] & 0xC0) == 0x80)
        {
            // Not in the middle of a letter.
            shown--;
        }

        return isEmpty
            ? $"column '{columns[segment.Column]}' is empty, and the tool requires '{name}', {form}"
            : $"column '{columns[segment.Column]}': '{System.Text.Encoding.UTF8.GetString(value[..shown])}' is not {form}{Spelling(wanted)}, which the tool asks of '{name}'";
    }
}
