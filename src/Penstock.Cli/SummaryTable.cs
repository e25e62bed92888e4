using Spectre.Console;

namespace Penstock.Cli;

/// <summary>A job's end on a terminal.</summary>
internal static class SummaryTable
{
    public static void Write(SummaryFacts facts, Terminal terminal)
    {
        var console = terminal.ToConsole();
        if (facts.StopReason is not null)
        {
            console.MarkupLine($"penstock: [yellow]{Markup.Escape(facts.StopReason)}[/]");
        }

        var grid = new Grid().AddColumn(Column()).AddColumn(Column().RightAligned()).AddColumn(Column());
        foreach (var fact in facts.Facts)
        {
            grid.AddRow(Faint(fact.Name), new Markup(Markup.Escape(fact.Number), StyleOf(fact.Tone)), Plain(fact.More));
        }

        console.Write(grid);
        Write(console, facts.Servers, SummaryFacts.ServerColumns);
        Write(console, facts.Tools, SummaryFacts.ToolColumns);
        if (facts.MoreTools > 0)
        {
            console.MarkupLine($" and {Figures.Count(facts.MoreTools)} more, which are quicker; --report has them all");
        }

        foreach (var (name, path) in facts.Files)
        {
            // Not through the console, which would break a long path where a click or a copy needs it whole; and so below.
            terminal.Writer.WriteLine($" {name}   {TerminalText.Line(path)}");
        }

        if (facts.Next is { } next)
        {
            terminal.Writer.WriteLine($" {next.Why}\n   {next.Command}");
        }
    }

    /// <param name="console">Where it is written.</param>
    /// <param name="rows">Words first, then numbers. Nothing is written if there are none.</param>
    /// <param name="columns">Their names.</param>
    private static void Write(IAnsiConsole console, IReadOnlyList<string[]> rows, string[] columns)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var table = new Table().Border(TableBorder.Simple).BorderStyle(new Style(decoration: Decoration.Dim));
        for (var i = 0; i < columns.Length; i++)
        {
            var column = new TableColumn(Faint(columns[i]));
            table.AddColumn(i == 0 ? column : column.RightAligned().NoWrap());
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(Plain));
        }

        console.Write(table);
    }

    private static GridColumn Column() => new GridColumn().NoWrap().PadLeft(1).PadRight(2);

    private static Markup Plain(string text) => new(Markup.Escape(text));

    private static Markup Faint(string text) => new(Markup.Escape(text), new Style(decoration: Decoration.Dim));

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Good => new Style(Color.Green),
        Tone.Bad => new Style(Color.Red),
        Tone.Warning => new Style(Color.Yellow),
        Tone.Strong => new Style(decoration: Decoration.Bold),
        _ => Style.Plain,
    };
}
