using System.CommandLine;
using System.CommandLine.Parsing;
using Penstock.Jobs.Config;

namespace Penstock.Cli;

/// <summary>What is wrong with a command line, in words that say what to write instead.</summary>
internal static class UsageProblems
{
    public static IEnumerable<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string[] verbs = [.. command.Subcommands.Select(static c => c.Name)];
        if (verbs.Length > 0)
        {
            var remedy = $"use {string.Join(", ", verbs)}";
            return [parsed.UnmatchedTokens is [var word, ..] ? $"there is no '{word}'; {Nearest(word, verbs) ?? remedy}" : $"no verb; {remedy}"];
        }

        var options = command.Options.Select(static o => o.Name).ToList();
        var unmatched = parsed.UnmatchedTokens.Select(t => t.StartsWith('-')
            ? $"there is no option '{t}'; {Nearest(t, options) ?? $"use {string.Join(", ", options)}"}"
            : $"'{t}' is one argument too many; remove it, or quote what belongs together");
        return parsed.Errors.Where(e => !parsed.UnmatchedTokens.Any(t => e.Message.Contains($"'{t}'", StringComparison.Ordinal))).Select(Text).Concat(unmatched);
    }

    private static string? Nearest(string word, IEnumerable<string> valid) => NearestKey.Find(word, valid) is { } near ? $"did you mean '{near}'?" : null;

    private static string Form(Type type) => type.IsEnum
        ? string.Join(", ", Enum.GetNames(type).Select(static n => n.ToLowerInvariant()))
        : type == typeof(double) ? "a number" : "a whole number";

    private static string Text(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Tokens.Count: 0, Option: { HelpName: { } value } option } => $"{option.Name} needs a value: {option.Name} {value}. {option.Description}",
        OptionResult { Tokens: [{ Value: var given }, ..], Option: { } option } when error.Message.Contains("as expected type", StringComparison.Ordinal) =>
            $"{option.Name} '{given}' is not valid; use {Form(option.ValueType)}",
        ArgumentResult { Tokens.Count: 0, Argument: { } argument } => $"{argument.Name} is missing. {argument.Description}",

        // The library lists valid words one a line; a message is one line.
        _ => string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.'),
    };
}
