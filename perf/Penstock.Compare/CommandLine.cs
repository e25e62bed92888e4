using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Penstock.Compare;

/// <summary>The options of the program.</summary>
internal static class CommandLine
{
    private static readonly Option<string> Scenario = new Option<string>("--scenario")
    {
        Description = "What is measured.",
        DefaultValueFactory = static _ => Lineup.Echo,
    }.AcceptOnlyFromAmong([.. Lineup.Scenarios]);

    private static readonly Option<IReadOnlyList<string>> Contenders = new("--contenders")
    {
        Description = $"Who takes part, separated by commas: {string.Join(", ", Lineup.Contenders)}.",
        DefaultValueFactory = static _ => Lineup.Contenders,
        CustomParser = static r => Words(r, Lineup.Contenders),
    };

    private static readonly Option<IReadOnlyList<int>?> InFlight = new("--inflight")
    {
        Description = "Most calls under way, separated by commas. Default 1,16,64,256,1024; for stragglers 32768, for jobs 64,256,1024.",
        CustomParser = static r => Numbers(r),
    };

    private static readonly Option<IReadOnlyList<string>> Era = new("--era")
    {
        Description = "The protocol's era, or both: modern,legacy.",
        DefaultValueFactory = static _ => ["modern"],
        CustomParser = static r => Words(r, ["modern", "legacy"]),
    };

    private static readonly Option<long> Calls = new("--calls")
    {
        Description = "Calls of one repetition. 0 = as many as the contender, once warm, makes in --time. For jobs: rows, default 1,000,000.",
    };

    private static readonly Option<TimeSpan> Time = Duration("--time", "How long a repetition takes, about, where --calls does not say.", "2s");
    private static readonly Option<TimeSpan> WarmUp = Duration("--warmup", "How long each contender is warmed. The SDK needs about 9 s.", "10s");

    private static readonly Option<int> Reps = new("--reps")
    {
        Description = "Repetitions of each contender.",
        DefaultValueFactory = static _ => 5,
    };

    private static readonly Option<string?> Server = new("--server") { Description = "The server's command line. Default: the native echo server." };
    private static readonly Option<string?> Json = new("--json") { Description = "Write each repetition to this file, one line of JSON each." };
    private static readonly Option<string?> Markdown = new("--markdown") { Description = "Write the table to this file, too." };
    private static readonly Option<bool> WriteResults = new("--write-results") { Description = "Keep the table under perf/results/<cpu>." };
    private static readonly Option<string?> Date = new("--date") { Description = "The date of the results kept, as YYYY-MM-DD." };

    public static RootCommand Build(Func<CompareOptions, CancellationToken, Task<int>> run)
    {
        var root = new RootCommand("Measures Penstock beside the official C# SDK, and beside the least client that can be correct.")
        {
            Scenario, Contenders, InFlight, Era, Calls, Time, WarmUp, Reps, Server, Json, Markdown, WriteResults, Date,
        };
        root.Validators.Add(static r =>
        {
            if (r.GetValue(WriteResults) && r.GetValue(Date) is null)
            {
                r.AddError("--write-results needs --date.");
            }
        });
        root.SetAction((parsed, stop) => run(Read(parsed), stop));
        return root;
    }

    private static CompareOptions Read(ParseResult parsed) => new()
    {
        Scenario = parsed.GetValue(Scenario)!,
        Contenders = parsed.GetValue(Contenders)!,
        Eras = parsed.GetValue(Era)!,
        InFlight = parsed.GetValue(InFlight) ?? InFlightOf(parsed.GetValue(Scenario)!),
        Calls = parsed.GetValue(Calls) is var calls && calls == 0 && Lineup.IsJob(parsed.GetValue(Scenario)!) ? 1_000_000 : calls,
        RepetitionTime = parsed.GetValue(Time),
        Repetitions = Math.Max(1, parsed.GetValue(Reps)),
        WarmUp = parsed.GetValue(WarmUp),
        Server = parsed.GetValue(Server),
        JsonPath = parsed.GetValue(Json),
        MarkdownPath = parsed.GetValue(Markdown),
        ResultsDate = parsed.GetValue(WriteResults) ? parsed.GetValue(Date) : null,
    };

    private static int[] InFlightOf(string scenario) =>
        scenario == Lineup.Stragglers ? [32768] : Lineup.IsJob(scenario) ? [64, 256, 1024] : [1, 16, 64, 256, 1024];

    private static Option<TimeSpan> Duration(string name, string description, string byDefault) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => ReadDuration(byDefault)!.Value,
        CustomParser = static r =>
        {
            if (ReadDuration(r.Tokens[0].Value) is { } duration)
            {
                return duration;
            }

            r.AddError($"'{r.Tokens[0].Value}' is no duration: write for example 10s or 500ms.");
            return default;
        },
    };

    private static TimeSpan? ReadDuration(string text)
    {
        var (unit, digits) = text.EndsWith("ms", StringComparison.Ordinal) ? (1.0, text[..^2])
            : text.EndsWith('s') ? (1000.0, text[..^1])
            : (1000.0, text);
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value > 0
            ? TimeSpan.FromMilliseconds(value * unit)
            : null;
    }

    private static string[] Words(ArgumentResult result, IReadOnlyList<string> known)
    {
        var words = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in words.Where(w => !known.Contains(w)))
        {
            result.AddError($"'{word}' is not one of {string.Join(", ", known)}.");
        }

        return words;
    }

    private static int[] Numbers(ArgumentResult result)
    {
        var numbers = new List<int>();
        foreach (var word in result.Tokens[0].Value.Split(','))
        {
            if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 1_000_000)
            {
                numbers.Add(number);
            }
            else
            {
                result.AddError($"'{word}' is no number from 1 to 1,000,000.");
            }
        }

        return [.. numbers];
    }
}
