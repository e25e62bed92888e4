using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>Says of a name that is no column what was probably meant.</summary>
internal static class ColumnNames
{
    /// <summary>Of a table with a thousand columns nobody reads more, and nobody reads longer names.</summary>
    private const int MostListed = 20;
    private const int MostShown = 40;

    /// <summary>What tables are separated by, the likeliest first.</summary>
    private const string Separators = ";\t|,";

    /// <summary>Null if exactly one column has the name; else the rest of a sentence that starts with the input's name.</summary>
    public static string? WhyUnusable(string name, IReadOnlyList<string> header)
    {
        var count = header.Count(h => h == name);
        return count switch
        {
            1 => null,
            0 => $"has no column '{name}'; {Remedy(name, header)}",
            _ => $"has the column '{name}' {count} times; rename all but one",
        };
    }

    private static string Remedy(string name, IReadOnlyList<string> header)
    {
        if (header.Count == 1 && header[0].AsSpan().ContainsAny(Separators))
        {
            var likely = Separators.MaxBy(s => header[0].Count(c => c == s));
            return $"its one column is '{Short(header[0])}': the separator is probably {(likely == '\t' ? "a tab, add 'separator: \"\\t\"'" : $"'{likely}', add 'separator: \"{likely}\"'")} to the input";
        }

        var listed = string.Join(", ", header.Take(MostListed).Select(Short));
        var rest = header.Count > MostListed ? FormattableString.Invariant($" and {header.Count - MostListed:N0} more") : "";
        return NearestKey.Find(name, header) is { } near ? $"did you mean '{near}'? It has: {listed}{rest}" : $"it has: {listed}{rest}";
    }

    private static string Short(string name) => name.Length <= MostShown ? name : $"{name.AsSpan(0, MostShown)}…";
}
