using System.Text;
using Penstock.Cli.Servers;
using Penstock.Cli.Text;
using Penstock.Jobs.Config;

namespace Penstock.Cli.Init;

/// <summary>Writes the text of a new job file. Pure.</summary>
internal sealed class JobDraft
{
    public required InitServer Server { get; init; }

    public required string Tool { get; init; }

    public required IReadOnlyList<ToolArgument> Properties { get; init; }

    public required string Input { get; init; }

    public required InputColumns Columns { get; init; }

    public required string Output { get; init; }

    public ReadOnlyMemory<byte> OutputSchema { get; init; }

    /// <summary>Arguments that the tool requires and that no column fits.</summary>
    public IEnumerable<string> Open => Properties.Where(p => p.IsRequired && !Matches.ContainsKey(p.Name)).Select(static p => p.Name);

    /// <summary>Which column fills which property.</summary>
    public IReadOnlyDictionary<string, ColumnMatch> Matches =>
        ColumnMatch.Find([.. Properties.Select(static p => p.Name)], [.. Columns.Names.Where(Columns.CanName)]);

    public string Write()
    {
        var text = new StringBuilder();
        text.Append("# Keys and what they take: penstock schema. What is wrong with this file: penstock lint.\nversion: 1\n\nservers:\n");
        text.Append("  ").Append(YamlText.Scalar(Server.Name)).Append(":\n");
        YamlText.AppendMap(text, Server.Written, indent: 4);
        text.Append("\n# Paths of data are relative to the folder where the command runs.\ninput:\n  path: ").Append(YamlText.Scalar(Input)).Append('\n');
        if (Columns.Separator is { } separator)
        {
            text.Append("  separator: ").Append(YamlText.Quoted(separator.ToString())).Append('\n');
        }

        AppendCall(text);
        text.Append("\noutput:\n  path: ").Append(YamlText.Scalar(Output)).Append('\n');
        AppendDraft.AppendTo(text, Output, Input, AppendDraft.Of(OutputSchema, Columns.Names));
        if (OutputsReader.IsNameless(Output))
        {
            text.Append("errors:\n  path: errors.jsonl\n");
        }

        return text.ToString();
    }

    /// <summary>How the line of an argument without a column begins.</summary>
    public static string OpenLine(string property) => $"    {YamlText.Scalar(property)}: \"{{{{?}}}}\"";

    private void AppendCall(StringBuilder text)
    {
        var matches = Matches;
        text.Append("\ncall:\n  tool: ").Append(YamlText.Scalar($"{Server.Name}/{Tool}")).Append('\n');
        text.Append("  # id: \"{{column}}\"   # what records are called; without it row-0, row-1, …\n");
        text.Append(Properties.Count == 0 ? "  arguments: {}\n" : "  arguments:\n");
        foreach (var property in Properties)
        {
            var need = property.IsRequired ? "required" : "optional";
            if (matches.TryGetValue(property.Name, out var match))
            {
                var guess = match.IsGuess ? ", a guess by the name" : "";
                text.Append("    ").Append(YamlText.Scalar(property.Name)).Append(": ").Append(YamlText.Quoted($"{{{{{match.Column}}}}}"))
                    .Append("   # ").Append(need).Append(guess).Append(", ").Append(property.Says).Append('\n');
            }
            else if (property.IsRequired)
            {
                text.Append(OpenLine(property.Name)).Append("   # required, ").Append(property.Says).Append(": choose a column\n");
            }
            else
            {
                text.Append("    # ").Append(YamlText.Scalar(property.Name)).Append(": \"{{column}}\"   # optional")
                    .Append(", no column has this name, ").Append(property.Says).Append('\n');
            }
        }

        string[] rest = [.. Columns.Names.Except(matches.Values.Select(static m => m.Column)).Select(TerminalText.Line)];
        if (rest.Length > 0)
        {
            text.Append("  # columns that are not sent: ").Append(string.Join(", ", rest)).Append('\n');
        }
    }
}
