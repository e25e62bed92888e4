using System.Text;

namespace Penstock.Cli.Text;

/// <summary>Lays out text for people: paragraphs, and rows of cells that break within their own column. Pure.</summary>
internal static class TextColumns
{
    private const int Gap = 2;

    /// <summary>Narrower a column is not read any more: the line is left to the terminal then.</summary>
    private const int Narrowest = 16;

    /// <summary>A last column that would be narrower goes below its row.</summary>
    private const int NarrowestLast = 30;

    private const int Indent = 4;

    /// <param name="rows">The cells, one line each; every row has as many. The first row is the head.</param>
    /// <param name="whole">So many columns at the front are never broken: names, which are copied.</param>
    /// <param name="width">Columns of the terminal.</param>
    public static string Table(IReadOnlyList<string[]> rows, int whole, int width)
    {
        var natural = Widths(rows, rows[0].Length, int.MaxValue, whole);
        var widths = Widths(rows, rows[0].Length, width, whole);
        if (widths[^1] < Math.Min(NarrowestLast, natural[^1]) && widths.Length > whole)
        {
            widths = Widths(rows, widths.Length - 1, width, whole);
        }

        var text = new StringBuilder();
        foreach (var row in rows)
        {
            Append(text, row, widths, whole);
            if (widths.Length < row.Length && row != rows[0])
            {
                AppendBelow(text, row[^1], width);
            }
        }

        return text.ToString();
    }

    private static int[] Widths(IReadOnlyList<string[]> rows, int columns, int width, int whole)
    {
        int[] widths = [.. Enumerable.Range(0, columns).Select(c => rows.Max(r => TextWidth.CellsOf(r[c])))];
        var excess = widths.Sum() + (Gap * (widths.Length - 1)) - width;
        while (excess > 0 && Widest(widths, whole) is { } widest)
        {
            widths[widest]--;
            excess--;
        }

        return widths;
    }

    private static void Append(StringBuilder text, string[] row, int[] widths, int whole)
    {
        IReadOnlyList<string>[] cells = [.. widths.Select((width, c) => Wrap(row[c], c < whole ? int.MaxValue : width))];
        for (var line = 0; line < cells.Max(static c => c.Count); line++)
        {
            var parts = cells.Select((cell, c) =>
            {
                var part = line < cell.Count ? cell[line] : "";
                return part + new string(' ', Math.Max(0, widths[c] - TextWidth.CellsOf(part)) + Gap);
            });
            text.Append(string.Concat(parts).TrimEnd()).Append('\n');
        }
    }

    private static void AppendBelow(StringBuilder text, string cell, int width)
    {
        if (cell.Length > 0)
        {
            text.Append(Paragraphs(new string(' ', Indent) + cell, width));
        }
    }

    /// <summary>Text with lines of its own; each is broken between words, and goes on as far in as it began.</summary>
    public static string Paragraphs(string text, int width)
    {
        var lines = text.Split('\n').SelectMany(line =>
        {
            var words = line.TrimStart();
            var indent = line[..^words.Length];
            var further = indent + (words.StartsWith("- ", StringComparison.Ordinal) || words.StartsWith("* ", StringComparison.Ordinal) ? "  " : "");
            return Wrap(words.TrimEnd(), Math.Max(Narrowest, width - further.Length)).Select((part, i) => ((i == 0 ? indent : further) + part).TrimEnd());
        });
        return string.Concat(lines.Select(static l => l + "\n"));
    }

    /// <summary>At least one line; a word that is wider than the column is cut.</summary>
    private static List<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        var (start, blank, cells) = (0, -1, 0);
        for (var i = 0; i < text.Length; i++)
        {
            cells += TextWidth.CellsOf(text.AsSpan(i, 1));
            if (text[i] == ' ')
            {
                blank = i;
            }

            if (cells > width && i > start)
            {
                // Never between the halves of one character.
                var end = blank > start ? blank : char.IsLowSurrogate(text[i]) && i - 1 > start ? i - 1 : i;
                lines.Add(text[start..end].TrimEnd());
                start = blank > start ? blank + 1 : end;
                blank = -1;
                cells = TextWidth.CellsOf(text.AsSpan(start, i - start + 1));
            }
        }

        lines.Add(text[start..]);
        return lines;
    }

    private static int? Widest(int[] widths, int whole)
    {
        int? widest = null;
        for (var c = whole; c < widths.Length; c++)
        {
            widest = widths[c] > Narrowest && (widest is null || widths[c] >= widths[widest.Value]) ? c : widest;
        }

        return widest;
    }
}
