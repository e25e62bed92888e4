using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Config;

/// <summary>Reads the job file's <c>input</c>.</summary>
internal static class InputReader
{
    private static readonly string[] RangeColumns = ["n"];

    public static JobInput? Read(MapReader root, ProblemList problems)
    {
        if (root.Map("input") is not { } map)
        {
            if (!root.Has("input"))
            {
                problems.Add(root.Node, "input", "missing; add 'input: { path: rows.jsonl }' or 'input: { range: 1000 }'");
            }

            return null;
        }

        var (path, range) = (map.Text("path"), map.Integer("range", 0, 1L << 50));
        if (map.Has("path") == map.Has("range"))
        {
            problems.Add(map.Node, "input", "must have exactly one of 'path' and 'range'; give one");
        }

        string[] later = [".zst", ".parquet", ".sqlite", ".db", ".arrow", ".xlsx"];
        if (path is not null && later.FirstOrDefault(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase)) is { } extension)
        {
            map.Problem("path", $"{extension} input is not built yet; convert it to CSV or JSON lines");
        }

        if (path is "")
        {
            map.Problem("path", "is empty; give a file, or - for standard input");
        }

        var format = map.Word("format", "csv", "tsv", "jsonl") ?? FormatOf(path);
        var separator = Separator(map) ?? (format == "tsv" ? '\t' : ',');
        if (format == "jsonl" && map.Has("separator"))
        {
            map.Problem("separator", "means nothing to JSON lines; add 'format: csv', or remove it");
        }

        map.End("sql");
        return new JobInput(path, range, format == "jsonl" ? null : separator);
    }

    /// <summary>The input's columns, if they can be known before the job runs.</summary>
    public static IReadOnlyList<string>? Columns(JobInput? input) => input switch
    {
        { Range: not null } => RangeColumns,
        { Separator: { } separator, Path: { } path and not Job.Standard } => InputFile.ReadHeader(path, separator),
        _ => null,
    };

    /// <summary>By the file's name, with or without <c>.gz</c>; all else is JSON lines.</summary>
    public static string FormatOf(string? path)
    {
        var name = path is not null && path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name)?.ToLowerInvariant() switch
        {
            ".csv" => "csv",
            ".tsv" or ".tab" => "tsv",
            _ => "jsonl",
        };
    }

    /// <summary>Whether a job's input is read as JSON lines although neither the job nor the file's name says so.</summary>
    public static bool IsGuess(Job job) => job.Places.Node("input", "format") is null && IsNameless(job.Input.Path);

    /// <summary>Whether a path's name does not say what lines there are.</summary>
    public static bool IsNameless(string? path)
    {
        var name = path is not null && path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name)?.ToLowerInvariant() is not (".jsonl" or ".ndjson" or ".json" or ".csv" or ".tsv" or ".tab");
    }

    private static char? Separator(MapReader map)
    {
        if (map.Text("separator") is not { } text)
        {
            return null;
        }

        if (text.Length == 1 && char.IsAscii(text[0]) && text[0] is not ('"' or '\r' or '\n'))
        {
            return text[0];
        }

        map.Problem("separator", $"'{text}' is not valid here; use one ASCII character, for example \";\"");
        return null;
    }
}
