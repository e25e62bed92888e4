using System.CommandLine;

namespace Penstock.Cli.Help;

/// <summary>What may follow a word.</summary>
/// <param name="IsFile">Whether it is a file.</param>
/// <param name="Values">The words that are valid; empty if they cannot be listed.</param>
internal sealed record CompletedValue(bool IsFile, IReadOnlyList<string> Values)
{
    public static CompletedValue Of(Type type, string? name) =>
        type.IsEnum ? new(false, [.. Enum.GetNames(type).Select(static n => n.ToLowerInvariant())]) : new(name is "FILE" or "JOB", []);
}

/// <summary>One option of a verb.</summary>
/// <param name="Name">Its name, with the dashes.</param>
/// <param name="Description">The first sentence of its help.</param>
/// <param name="Value">Its value; null if it takes none.</param>
internal sealed record CompletedOption(string Name, string Description, CompletedValue? Value);

/// <summary>One verb.</summary>
/// <param name="Name">The verb.</param>
/// <param name="Description">The first line of its help.</param>
/// <param name="Argument">Its arguments; null if it takes none.</param>
/// <param name="Options">Its options.</param>
internal sealed record CompletedVerb(string Name, string Description, CompletedValue? Argument, IReadOnlyList<CompletedOption> Options);

/// <summary>What a shell can complete, read from the command itself, so that no script forgets a new option.</summary>
internal static class CompletionWords
{
    public static IReadOnlyList<CompletedVerb> Of(Command root) =>
    [
        .. root.Subcommands.Select(verb => new CompletedVerb(
            verb.Name,
            Sentence(verb.Description),
            verb.Name == HelpScreen.Verb ? new CompletedValue(false, [.. root.Subcommands.Select(static v => v.Name), .. GuidePages.Names])
                : verb.Arguments is [var first, ..] ? CompletedValue.Of(first.ValueType, first.Name) : null,
            [.. verb.Options.Select(Of), new CompletedOption("--help", "Shows help.", null)])),
    ];

    private static CompletedOption Of(Option option)
    {
        var takesValue = option.ValueType != typeof(bool);
        return new(option.Name, Sentence(option.Description), takesValue ? CompletedValue.Of(option.ValueType, option.HelpName) : null);
    }

    /// <summary>Without what a shell would have to have escaped.</summary>
    private static string Sentence(string? text)
    {
        var line = (text ?? "").Split('\n')[0];
        var end = line.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? line : line[..end]).Replace("'", "", StringComparison.Ordinal).TrimEnd('.');
    }
}
