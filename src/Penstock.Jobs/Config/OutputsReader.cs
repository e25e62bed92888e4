using Penstock.Jobs.Bytes;
using Penstock.Jobs.Files;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Config;

/// <summary>Where a job's records go.</summary>
/// <param name="OutputPath">Of rows that succeeded.</param>
/// <param name="ErrorsPath">Of rows that failed.</param>
/// <param name="AreErrorsNamed">Whether <paramref name="ErrorsPath"/> was given, and not derived from <paramref name="OutputPath"/>.</param>
/// <param name="Append">What of a result goes beside the input's columns; null = the output is records.</param>
internal sealed record JobOutputs(string OutputPath, string ErrorsPath, bool AreErrorsNamed, AppendTemplate? Append);

/// <summary>Reads the job file's <c>output</c> and <c>errors</c>.</summary>
internal sealed class OutputsReader(MapReader root, ProblemList problems)
{
    private const string PointerForm = "/structuredContent/name";

    /// <param name="input">The job's input.</param>
    /// <param name="columns">Its columns, if they are known beforehand.</param>
    /// <param name="call">The job's call; null = the lines are calls already.</param>
    public JobOutputs Read(JobInput? input, IReadOnlyList<string>? columns, CallTemplate? call)
    {
        var (output, append) = Output(input, columns, call);
        var errors = Errors();
        if (output is null && !root.Has("output"))
        {
            problems.Add(root.Node, "output", "missing; add 'output: { path: out.jsonl }'");
        }

        if (output is not null && IsNameless(output) && errors is null && !root.Has("errors"))
        {
            var name = output == Job.Standard ? "standard output" : output;
            problems.Add(root.Node.Find("output") ?? root.Node, "errors", $"missing, and {name} has no name to derive it from; add 'errors: {{ path: errors.jsonl }}', or --set errors.path=errors.jsonl");
        }

        if (errors == Job.Standard)
        {
            root.Problem("errors", "must be a file; give it a path");
        }
        else if (errors is not null && output is not null && JobFiles.AreSame(errors, output))
        {
            root.Problem("errors", "is the output's file; give it another path");
        }

        var (outputPath, errorsPath) = (output ?? "", errors ?? DefaultErrors(output ?? "", append?.Separator is not null));
        CheckInput(input?.Path, outputPath, errorsPath, isDerived: errors is null);
        return new JobOutputs(outputPath, errorsPath, errors is not null, append);
    }

    /// <summary>
    /// <c>out.jsonl</c> → <c>out.errors.jsonl</c>; without an extension <c>.errors</c> goes to the end. Errors are records, whatever the output
    /// is: beside a table they are <c>.jsonl</c>, so that they are read as what they are when they are fed back.
    /// </summary>
    public static string DefaultErrors(string output, bool isTable = false)
    {
        var extension = Path.GetExtension(output);
        return output[..^extension.Length] + ".errors" + (isTable ? ".jsonl" : extension);
    }

    /// <summary>Whether a name for the errors cannot be made of it: standard output, or a device.</summary>
    public static bool IsNameless(string path) => path == Job.Standard || Path.GetDirectoryName(path) == "/dev" || OutputFiles.IsDescriptor(path);

    private void CheckInput(string? input, string output, string errors, bool isDerived)
    {
        if (input is not null && JobFiles.AreSame(input, output))
        {
            root.Problem("output", "is the input's file; give it another path");
        }

        if (input is not null && JobFiles.AreSame(input, errors))
        {
            root.Problem(
                isDerived ? "output" : "errors",
                isDerived ? $"its errors file, {errors}, is the input's file; give either another path" : "is the input's file; give it another path");
        }
    }

    private string? Errors()
    {
        if (root.Map("errors") is not { } map)
        {
            return null;
        }

        var path = PathOf(map, "errors");
        if (IsTable(path))
        {
            map.Problem("path", $"records are JSON lines: name it {Path.ChangeExtension(path, ".jsonl")}; failed rows have no table");
        }

        map.End("sql");
        return path;
    }

    private (string? Path, AppendTemplate? Append) Output(JobInput? input, IReadOnlyList<string>? columns, CallTemplate? call)
    {
        if (root.Map("output") is not { } map)
        {
            return default;
        }

        var path = PathOf(map, "output");
        var format = map.Word("format", "csv", "tsv", "jsonl");
        AppendTemplate? append = null;
        if (map.Map("append") is { } appended)
        {
            append = Append(appended, format ?? FormatOf(path, input), [.. columns ?? [], .. call?.Columns ?? []]);
            CheckColumns(map, append, input, call);
        }
        else if (format is "csv" or "tsv")
        {
            map.Problem("format", $"records are JSON lines; remove it, or add 'append: {{ name: {PointerForm} }}' for the input's columns and what is appended to them");
        }
        else if (IsTable(path) && !map.Has("append") && (format is not null || !map.Has("format")))
        {
            map.Problem("path", $"records are JSON lines: name it {Path.ChangeExtension(path, ".jsonl")}, or give output.append, as 'append: {{ name: {PointerForm} }}', for a table");
        }

        map.End("sql");
        return (path, append);
    }

    private void CheckColumns(MapReader output, AppendTemplate append, JobInput? input, CallTemplate? call)
    {
        if (call is null && !root.Has("call"))
        {
            output.Problem("append", "lines that are calls already have no columns; remove it, or add 'call:' with a template");
        }
        else if (append.Separator is not null && input is { Separator: null, Range: null })
        {
            var isGuess = InputReader.IsNameless(input.Path) && root.Node.Find("input")?.Entries.All(static e => e.Key != "format") == true;
            output.Problem("append", isGuess
                ? "nothing says that the input is a table, and the members of JSON lines are not known beforehand; if it is one, add 'format: csv' to the input, or --set input.format=csv; if not, 'format: jsonl' to the output"
                : "the members of JSON lines are not known beforehand, so that a table of them has no header; add 'format: jsonl' to the output");
        }
    }

    private AppendTemplate Append(MapReader map, string format, IReadOnlyList<string> columns)
    {
        var appended = new List<AppendedColumn>();
        foreach (var (name, keyPlace, value) in map.Node.Entries)
        {
            var path = map.PathOf(name);
            if (columns.Contains(name))
            {
                problems.Add(keyPlace, path, $"the input has a column '{name}' already; give this one another name");
            }

            if (value.Kind != ConfigKind.Scalar || value.IsNull)
            {
                problems.Add(value, path, $"must be a JSON pointer into the tool's result; write it as {PointerForm}");
            }
            else if (JsonPointer.WhyInvalid(value.Text) is { } why)
            {
                problems.Add(value, path, $"'{value.Text}' is not a JSON pointer: {why}");
            }
            else
            {
                appended.Add(new AppendedColumn(name, new JsonPointer(value.Text)));
            }
        }

        if (map.Node.Entries.Count == 0)
        {
            problems.Add(map.Node, map.Path, $"is empty; add 'name: {PointerForm}', or remove it");
        }

        return new AppendTemplate(format switch { "csv" => (byte)',', "tsv" => (byte)'\t', _ => null }, appended);
    }

    /// <summary>By the path's ending; what has no name, standard output or a device, gets a table if the input is one.</summary>
    private static string FormatOf(string? path, JobInput? input) =>
        path is not null && IsNameless(path) && input is { Separator: { } separator } ? (separator == '\t' ? "tsv" : "csv") : InputReader.FormatOf(path);

    /// <summary>Whether others would read a table there.</summary>
    private static bool IsTable(string? path) => InputReader.FormatOf(path) != "jsonl" && !path!.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private string? PathOf(MapReader map, string key)
    {
        var path = map.Text("path");
        if (path is "" || !map.Has("path"))
        {
            problems.Add(map.Node, $"{key}.path", $"missing; add a path, for example {key}.jsonl");
        }
        else if (path is not null && path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            map.Problem("path", "compressed records are not built yet; drop the .gz");
        }

        return path;
    }
}
