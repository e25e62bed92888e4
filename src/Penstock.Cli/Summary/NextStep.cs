using Penstock.Cli.Text;
using Penstock.Jobs;
using Penstock.Jobs.Config;
using Penstock.Jobs.Files;

namespace Penstock.Cli.Summary;

/// <summary>What a user does after a run.</summary>
/// <param name="Why">What for, and what to do before.</param>
/// <param name="Command">The command, which can be pasted.</param>
internal sealed record NextStep(string Why, string Command)
{
    /// <summary>A row that cannot become a call, or that the tool refuses, will not end better the second time.</summary>
    private static readonly string[] Unmendable = ["invalid_params", "schema_invalid", "tool_error"];

    /// <summary>None if every row was run and none failed.</summary>
    public static IReadOnlyList<NextStep> Of(JobSummary s, Job job, JobLine line)
    {
        NextStep?[] steps = [GoOn(s, job, line) ?? RunAll(s, job, line), s.Failed == 0 || IsStream(s.ErrorsPath) ? null : CanReadAgain(job) ? RunAgain(s, job, line) : IsNeverCalled(s, job) ? SaveAndRunAgain(s, job, line) : FeedBack(s, job, line)];
        return [.. steps.OfType<NextStep>().Select(n => Hide(n, job))];
    }

    /// <summary>Lines that are calls are fed back as records, which hold them; only with a template is the row's own text needed again.</summary>
    private static bool CanReadAgain(Job job) => !IsStream(job.Input.Path) && job.Call is not null;

    /// <summary>What is read or written once: another run has another one, under the same name.</summary>
    private static bool IsStream(string? path) =>
        path is not null && (path == Job.Standard || OutputFiles.IsDevice(path) || OutputFiles.IsDescriptor(path));

    /// <summary>After a stop: the rows from the first that was not read.</summary>
    private static NextStep? GoOn(JobSummary s, Job job, JobLine line)
    {
        if (s.FirstNotRun is not { } first || s.Unrecorded > 0 || (line.Limit is { } most && most <= s.Rows))
        {
            return null;
        }

        string[] rows =
        [
            .. line.Rows, "--skip", Figure(first),
            .. line.Limit is { } limit ? new[] { "--limit", Figure(limit - s.Rows) } : [],
        ];
        var why = IsStream(job.Input.Path) ? "to go on, with the same standard input once more:" : "to go on where it stopped:";
        return new(why, CommandOf(line, rows, Fresh(s, job, ".rest")));
    }

    /// <summary>After a trial that went well.</summary>
    private static NextStep? RunAll(JobSummary s, Job job, JobLine line)
    {
        var isWhole = s.Rows < line.Limit && !line.Rows.Contains("--sample");
        if (!line.IsTrial || isWhole || s.Failed > 0 || s.Unrecorded > 0 || IsStream(job.Input.Path))
        {
            return null;
        }

        return IsStream(s.OutputPath) && IsStream(s.ErrorsPath)
            ? new("to run all rows:", CommandOf(line, [], []))
            : new("to run all rows, and write over the records of these:", CommandOf(line, ["--again"], []));
    }

    /// <summary>The failed rows, from the job's own input.</summary>
    private static NextStep RunAgain(JobSummary s, Job job, JobLine line) =>
        new(WhyAgain(s, job.Input.Path ?? "the job"), CommandOf(line, ["--only", s.ErrorsPath], Fresh(s, job, ".retry")));

    /// <summary>Rows of a stream that did not become calls have no call in their records: only the row itself can be mended.</summary>
    private static bool IsNeverCalled(JobSummary s, Job job) => job.Call is not null && s.Faults.ContainsKey("invalid_params");

    /// <summary>The failed rows, from what was streamed.</summary>
    private static NextStep SaveAndRunAgain(JobSummary s, Job job, JobLine line)
    {
        var saved = job.Input.Separator switch { null => "rows.jsonl", '\t' => "rows.tsv", _ => "rows.csv" };
        return new(
            $"to run the failed rows again, save what was standard input as {saved}, mend them where they stand in it, then:",
            CommandOf(line, ["--only", s.ErrorsPath], [("input.path", saved), .. Fresh(s, job, ".retry")]));
    }

    /// <summary>The failed rows, from their records. Those have none of the input's columns: the results are records too.</summary>
    private static NextStep FeedBack(JobSummary s, Job job, JobLine line)
    {
        var isTable = job.Append is not null;
        var retried = isTable ? s with { OutputPath = IsStream(s.OutputPath) ? s.OutputPath : Path.ChangeExtension(s.OutputPath, ".jsonl") } : s;
        var (output, errors) = FreshPaths(retried, job, ".retry");
        return new(WhyAgain(s, s.ErrorsPath), CommandOf(line, [],
        [
            ("input", $"{{ path: {YamlText.Scalar(s.ErrorsPath)} }}"),
            .. job.Call is null ? Array.Empty<(string, string)>() : [("call", "null")],
            .. isTable ? [("output", $"{{ path: {YamlText.Scalar(output ?? s.OutputPath)} }}")] : Put("output.path", output),
            .. Put("errors.path", errors),
        ]));
    }

    private static string WhyAgain(JobSummary s, string where) => s.Faults.Keys.Any(Unmendable.Contains)
        ? $"to run the failed rows again, mend them where they stand in {TerminalText.Line(where)}, then:"
        : "to run the failed rows again:";

    private static string CommandOf(JobLine line, IEnumerable<string> rows, IReadOnlyList<(string Key, string Value)> set)
    {
        // What is set now was perhaps set before, as a whole or in part.
        var kept = line.Set.Where(v => !set.Any(s => v.StartsWith(s.Key + "=", StringComparison.Ordinal) || v.StartsWith(s.Key + ".", StringComparison.Ordinal)));
        IEnumerable<string> words =
        [
            "penstock", "run", line.Path.StartsWith('-') ? "./" + line.Path : line.Path, .. line.Kept,
            .. kept.Concat(set.Select(static s => $"{s.Key}={s.Value}")).SelectMany(static v => new[] { "--set", v }), .. rows,
        ];
        return string.Join(' ', words.Select(ShellWord.Of));
    }

    private static (string Key, string Value)[] Fresh(JobSummary s, Job job, string more)
    {
        var (output, errors) = FreshPaths(s, job, more);
        return [.. Put("output.path", output), .. Put("errors.path", errors)];
    }

    private static (string Key, string Value)[] Put(string key, string? path) => path is null ? [] : [(key, YamlText.Scalar(path))];

    /// <summary>Names that no file has yet: the output's with <paramref name="more"/> before its ending, counted from the second on. Null = it stays what it is.</summary>
    private static (string? Output, string? Errors) FreshPaths(JobSummary s, Job job, string more)
    {
        for (var number = 1; ; number++)
        {
            var output = IsStream(s.OutputPath) ? null : Beside(s.OutputPath, more, number);
            var errors = job.AreErrorsNamed ? Beside(s.ErrorsPath, more, number) : null;
            var derived = errors ?? (output is null ? null : OutputsReader.DefaultErrors(output, job.Append?.Separator is not null));
            if (!File.Exists(output) && !File.Exists(derived) && output != s.OutputPath && derived != s.ErrorsPath)
            {
                return (output, errors);
            }
        }
    }

    /// <summary><c>x.csv</c> → <c>x.retry.csv</c> → <c>x.retry2.csv</c>.</summary>
    private static string Beside(string path, string more, int number)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        var digits = stem.Length - stem.TrimEnd("0123456789".ToCharArray()).Length;
        stem = stem[..^digits].EndsWith(more, StringComparison.Ordinal) ? stem[..^(digits + more.Length)] : stem;
        return Path.Combine(Path.GetDirectoryName(path) ?? "", stem + more + (number == 1 ? "" : Figure(number)) + Path.GetExtension(path));
    }

    /// <summary>A secret is not shown, even if the command cannot be pasted then.</summary>
    private static NextStep Hide(NextStep step, Job job)
    {
        var hidden = job.Secrets.Redact(step.Command);
        return hidden == step.Command ? step : new($"{step.Why.TrimEnd(':')} (fill in what *** hides):", hidden);
    }

    private static string Figure(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
