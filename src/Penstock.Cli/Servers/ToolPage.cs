using System.Text;
using System.Text.Json;
using Penstock.Cli.Text;

namespace Penstock.Cli.Servers;

/// <summary>All that <c>penstock tools</c> says of one tool. Pure.</summary>
internal static class ToolPage
{
    /// <summary>Longer lines are hard to read, however wide the terminal is.</summary>
    private const int WidestText = 100;

    /// <param name="server">Its server.</param>
    /// <param name="tool">The tool.</param>
    /// <param name="options">The options of a command line that finds the server again, as words of a shell.</param>
    /// <param name="width">Columns of the terminal.</param>
    public static string Of(string server, ToolDescription tool, string options, int width)
    {
        var name = $"{server}/{tool.Name}";
        var arguments = ToolArgument.Of(tool.InputSchema);
        var hints = Hints(tool);
        var page = new StringBuilder(TerminalText.Line(name)).Append(hints.Length == 0 ? "\n" : $"   {hints}\n");
        var title = TerminalText.Line(tool.Title ?? "").Trim();
        var description = TerminalText.Lines(tool.Description ?? "").Trim();
        foreach (var text in new[] { title, description }.Where(static t => t.Length > 0).Distinct())
        {
            page.Append('\n').Append(TextColumns.Paragraphs(text, Math.Min(width, WidestText)));
        }

        page.Append('\n').Append(arguments.Count == 0 ? "Its schema names no arguments.\n" : Table(arguments, width));
        if (ToolArgument.Of(tool.OutputSchema) is { Count: > 0 } members)
        {
            page.Append("\nWhat it answers, as pointers for append in a job's output:\n\n").Append(Members(members, width));
        }

        page.Append("\nIn a job file, with the input's columns in the braces:\n\n").Append(Call(name, arguments));
        page.Append("\nOne call:\n\n").Append($"penstock call {ShellWord.Of(name)}{Example(tool.InputSchema)} {options}\n");
        return page.ToString();
    }

    /// <summary>What a tool says of itself; empty if it says nothing.</summary>
    public static string Hints(ToolDescription tool)
    {
        string?[] hints = [tool.IsReadOnly ? "read-only" : null, tool.IsIdempotent ? "idempotent" : null, tool.RequiresTask ? "task" : null];
        return string.Join(',', hints.Where(static h => h is not null));
    }

    private static string Table(IReadOnlyList<ToolArgument> arguments, int width)
    {
        string[] heads = ["ARGUMENT", "TYPE", "REQUIRED", "DEFAULT", "VALUES", "DESCRIPTION"];
        return Table(
        [
            heads,
            .. arguments.Select(static a => new[] { TerminalText.Line(a.Name), TypeOf(a), a.IsRequired ? "yes" : "no", a.Default, a.Choices, a.Description }),
        ], width);
    }

    private static string Members(IReadOnlyList<ToolArgument> members, int width)
    {
        string[] heads = ["POINTER", "TYPE", "VALUES", "DESCRIPTION"];
        return Table([heads, .. members.Select(static m => new[] { TerminalText.Line(m.ResultPointer), TypeOf(m), m.Choices, m.Description })], width);
    }

    private static string TypeOf(ToolArgument argument) => argument.Type.Length > 0 ? argument.Type : "any";

    /// <summary>Without the columns that are empty below their heads.</summary>
    private static string Table(IReadOnlyList<string[]> rows, int width)
    {
        int[] used = [.. Enumerable.Range(0, rows[0].Length).Where(c => rows.Skip(1).Any(r => r[c].Length > 0))];
        return TextColumns.Table([.. rows.Select(r => used.Select(c => r[c]).ToArray())], whole: 1, width);
    }

    private static string Call(string name, IReadOnlyList<ToolArgument> arguments)
    {
        var text = new StringBuilder("call:\n  tool: ").Append(YamlText.Scalar(name)).Append(arguments.Count == 0 ? "\n  arguments: {}\n" : "\n  arguments:\n");
        for (var i = 0; i < arguments.Count; i++)
        {
            // A map of comments alone is none: the first stays.
            var argument = arguments[i];
            var column = TemplateName.IsValid(argument.Name) ? argument.Name : "column";
            text.Append("    ").Append(argument.IsRequired || i == 0 ? "" : "# ").Append(YamlText.Scalar(argument.Name)).Append(": ").Append(YamlText.Quoted($"{{{{{column}}}}}"));
            text.Append(argument.IsRequired ? "\n" : "   # optional\n");
        }

        return text.ToString();
    }

    /// <summary>Arguments as a further word; empty if none are required.</summary>
    private static string Example(ReadOnlyMemory<byte> schema)
    {
        try
        {
            using var document = SchemaWords.Parse(schema);
            using var bytes = new MemoryStream();
            using (var writer = new Utf8JsonWriter(bytes))
            {
                new SchemaWords(document.RootElement).WriteExample(writer, document.RootElement);
            }

            var text = Encoding.UTF8.GetString(bytes.ToArray());
            return text == "{}" || text[0] != '{' ? "" : $" {ShellWord.Of(text)}";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return "";
        }
    }
}
