using System.CommandLine;
using System.CommandLine.Parsing;
using Penstock.Cli.Servers;
using Penstock.Jobs.Bytes;

namespace Penstock.Cli.Help;

/// <summary>What is wrong with a command line, in words that say what to write instead.</summary>
internal static class UsageProblems
{
    public static IEnumerable<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string[] verbs = [.. command.Subcommands.Select(static c => c.Name)];
        if (verbs.Length > 0)
        {
            var word = parsed.UnmatchedTokens is [var given, ..] ? given : null;
            if (word is not null && Nearest(word, verbs) is { } near)
            {
                return [$"there is no '{word}'; {near}"];
            }

            return [$"{(word is null ? "no verb" : $"there is no '{word}'")}; the verbs are:", .. Verbs(command).Select(static l => $"  {l}")];
        }

        string[] strays = [.. Strays(parsed), .. parsed.UnmatchedTokens.Where(IsOption)];
        if (strays.Length > 0)
        {
            // What else is wrong follows from them.
            var options = command.Options.Select(static o => o.Name).ToList();
            if (strays.FirstOrDefault(options.Contains) is { } misplaced)
            {
                return [$"'{misplaced}' belongs behind the verb, and before '--' if that is there: penstock {command.Name} {misplaced} …"];
            }

            return strays.Select(t => $"there is no option '{t}'; {InTheJob(command, t) ?? Nearest(t, options) ?? OfServer(parsed, t) ?? $"use {string.Join(", ", options)}"}");
        }

        var unmatched = parsed.UnmatchedTokens.Select(t => $"'{t}' is one argument too many; {(command.Name == "call" && t.Contains('=') ? "arguments are one JSON object: '{\"name\": value, …}'" : "remove it, or quote what belongs together")}");
        return parsed.Errors.Where(e => !parsed.UnmatchedTokens.Any(t => e.Message.Contains($"'{t}'", StringComparison.Ordinal))).Select(Text).Concat(unmatched);
    }

    /// <summary>Options that there are not, which the library has taken for arguments. What stands behind <c>--</c> is an argument.</summary>
    public static IEnumerable<string> Strays(ParseResult parsed) => parsed.Tokens.Any(static t => t.Type == TokenType.DoubleDash)
        ? []
        : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(static a => a.Tokens).Select(static t => t.Value).Where(IsOption);

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-';

    /// <summary>The verbs of a command, one a line, each with the first sentence of its help.</summary>
    public static IEnumerable<string> Verbs(Command command)
    {
        var width = command.Subcommands.Max(static c => c.Name.Length);
        return command.Subcommands.Select(c => $"{c.Name.PadRight(width)}  {FirstSentence(c.Description)}");
    }

    private static string FirstSentence(string? text)
    {
        var line = (text ?? "").Split('\n')[0];
        return line.IndexOf(". ", StringComparison.Ordinal) is >= 0 and var end ? line[..(end + 1)] : line;
    }

    private static string? Nearest(string word, IEnumerable<string> valid) => NearestKey.Find(word, valid) is { } near ? $"did you mean '{near}'?" : null;

    /// <summary>What other commands have as an option, and this one in the job file.</summary>
    private static string? InTheJob(Command command, string word) => (command.Name, word) switch
    {
        ("run", "--output" or "-o" or "--out") => "the job has it: --set output.path=FILE",
        ("run", "--input" or "-i") => "the job has it: --set input.path=FILE",
        ("run", "--errors") => "the job has it: --set errors.path=FILE",
        ("run", "--server" or "--servers" or "--tool") => "the job has it; penstock init writes one",
        ("run", "--dry-run" or "-n") => "penstock lint JOB --connect checks all but the rows, and --limit 10 runs a few of them",
        ("run", "--retry" or "--resume") => "--only ERRORS_FILE runs failed rows again, and --skip N goes on after a stop",
        _ => null,
    };

    /// <summary>A server's command whose words are not held together.</summary>
    private static string? OfServer(ParseResult parsed, string word) =>
        parsed.CommandResult.Command.Options.FirstOrDefault(static o => o.Name == ServersSource.CommandOption) is { } option && parsed.GetResult(option) is { Tokens: [var first, ..] }
            ? $"if it belongs to the server's command, quote that as one word: {ServersSource.CommandOption} \"{first.Value} {word} …\""
            : null;

    private static string Form(Type type) => type.IsEnum
        ? string.Join(", ", Enum.GetNames(type).Select(static n => n.ToLowerInvariant()))
        : type == typeof(double) ? "a number" : "a whole number";

    /// <summary>The library's own sentences, which name types of the framework.</summary>
    private static bool IsNotConvertible(string message) =>
        message.Contains("as expected type", StringComparison.Ordinal) || message.Contains("not recognized", StringComparison.Ordinal);

    private static string Text(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Tokens.Count: 0, Option: { HelpName: { } value } option } => $"{option.Name} needs a value: {option.Name} {value}. {option.Description}",
        OptionResult { Tokens: [{ Value: var given }, ..], Option: { } option } when IsNotConvertible(error.Message) =>
            $"{option.Name} '{given}' is not valid; use {Form(option.ValueType)}",
        ArgumentResult { Tokens: [{ Value: var given }, ..], Argument: { } argument } when IsNotConvertible(error.Message) =>
            $"{argument.Name} '{given}' is not valid; use {Form(argument.ValueType)}",
        ArgumentResult { Tokens.Count: 0, Argument: { } argument } => $"{argument.Name} is missing. {argument.Description}",

        // The library lists valid words one a line; a message is one line.
        _ => string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.'),
    };
}
