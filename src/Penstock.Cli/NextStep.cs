using Penstock.Jobs;

namespace Penstock.Cli;

/// <summary>How a job was named on the command line.</summary>
/// <param name="Path">The job file.</param>
/// <param name="Set">What was laid over it.</param>
internal sealed record JobLine(string Path, IReadOnlyList<string> Set);

/// <summary>What a user does after a run: feeds the failed rows back. Pure.</summary>
internal static class NextStep
{
    public static (string Why, string Command)? Of(JobSummary s, Job job, JobLine line)
    {
        if (s.Failed == 0 || !s.Faults.Any(static f => f.Key != "invalid_params"))
        {
            // A row that cannot become a call, or that the tool refuses, will not do so the second time.
            return null;
        }

        // Records that are fed back have none of the input's columns: their results are records too.
        var isTable = job.Append is not null;
        var output = s.OutputPath == Job.Standard ? "retry.jsonl" : Beside(isTable ? Path.ChangeExtension(s.OutputPath, ".jsonl") : s.OutputPath, ".retry");
        string?[] words =
        [
            "penstock run", Quoted(line.Path), .. line.Set.Where(IsKept).Select(static v => $"--set {Quoted(v)}"),
            "--set", Quoted($"input={{ path: {Yaml(s.ErrorsPath)} }}"),
            job.Call is null ? null : "--set call=null",
            "--set", Quoted(isTable ? $"output={{ path: {Yaml(output)} }}" : $"output.path={Yaml(output)}"),

            // The job's own errors file is now what is read.
            s.OutputPath != Job.Standard && !isTable && s.ErrorsPath == Beside(s.OutputPath, ".errors") ? null : $"--set {Quoted($"errors.path={Yaml(Beside(output, ".errors"))}")}",
        ];
        return ("to run the failed rows again:", string.Join(' ', words.Where(static l => l is not null)));
    }

    /// <summary>Whether what was set once says something of the second run, too.</summary>
    private static bool IsKept(string set) => set.Split('.', '=')[0] is not ("input" or "call" or "output" or "errors");

    private static string Beside(string path, string more) =>
        Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path) + more + Path.GetExtension(path));

    /// <summary>As a value in YAML: in quotes where it is not a plain word.</summary>
    private static string Yaml(string text) => IsPlain(text) ? text : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static bool IsPlain(string text) => text.Length > 0 && char.IsAsciiLetter(text.TrimStart('.', '/')[..1].FirstOrDefault('-')) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or '_' or '-');

    /// <summary>As a word of a shell.</summary>
    private static string Quoted(string text) =>
        text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or '_' or '-' or '=') ? text : $"'{TerminalText.Line(text).Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
