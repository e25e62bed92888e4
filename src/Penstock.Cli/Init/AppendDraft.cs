using System.Text;
using Penstock.Cli.Servers;
using Penstock.Cli.Text;
using Penstock.Jobs.Config;

namespace Penstock.Cli.Init;

/// <summary>What of a tool's results goes beside the input's columns. Pure.</summary>
internal static class AppendDraft
{
    /// <summary>New columns and their pointers: the members of the output's schema, or the text if it has none.</summary>
    public static IReadOnlyList<(string Name, string Pointer)> Of(ReadOnlyMemory<byte> outputSchema, IReadOnlyList<string> columns)
    {
        var members = ToolArgument.Of(outputSchema);
        var taken = new HashSet<string>(columns, StringComparer.Ordinal);
        return members.Count == 0
            ? [(Free("text", taken), "/content/0/text")]
            : [.. members.Select(m => (Free(m.Name, taken), m.ResultPointer))];
    }

    public static void AppendTo(StringBuilder text, string output, string input, IReadOnlyList<(string Name, string Pointer)> appended)
    {
        if (InputReader.FormatOf(output) == "jsonl")
        {
            text.Append("  # append: { ").Append(YamlText.Scalar(appended[0].Name)).Append(": ").Append(YamlText.Scalar(appended[0].Pointer))
                .Append(" }   # in place of records: the input's columns with this one behind them\n");
            return;
        }

        if (InputReader.FormatOf(input) == "jsonl")
        {
            text.Append("  format: jsonl   # the members of JSON lines are not known beforehand, as a table's header must be\n");
        }

        text.Append("  # In place of records: the input's columns with these behind them. Failed rows go to the errors file.\n  append:\n");
        foreach (var (name, pointer) in appended)
        {
            text.Append("    ").Append(YamlText.Scalar(name)).Append(": ").Append(YamlText.Scalar(pointer)).Append('\n');
        }
    }

    private static string Free(string name, HashSet<string> taken)
    {
        while (!taken.Add(name))
        {
            name = "result_" + name;
        }

        return name;
    }
}
