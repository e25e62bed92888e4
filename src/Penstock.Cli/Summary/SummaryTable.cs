using Penstock.Cli.Streams;
using Penstock.Cli.Text;
using Spectre.Console;

namespace Penstock.Cli.Summary;

/// <summary>A job's end on a terminal.</summary>
internal static class SummaryTable
{
    /// <summary>What a column has besides its text.</summary>
    private const int Padding = 3;

    public static void Write(SummaryFacts facts, Terminal terminal)
    {
        var room = terminal.Width - WidthOf(facts.Facts, static f => f.Name) - WidthOf(facts.Facts, static f => f.Number) - Padding;
        if (facts.Facts.Any(f => !f.IsCut && TextWidth.CellsOf(f.More) > room) || !HasRoom(facts.Servers, terminal) || !HasRoom(facts.Tools, terminal))
        {
            // A table would break numbers and names in their middle.
            terminal.Writer.Write(SummaryText.Of(facts, terminal.Width));
            return;
        }

        var console = terminal.ToConsole();
        if (facts.StopReason is not null)
        {
            console.MarkupLine($"penstock: [yellow]{Markup.Escape(facts.StopReason)}[/]");
        }

        var grid = new Grid().AddColumn(Column()).AddColumn(Column().RightAligned()).AddColumn(Column());
        foreach (var fact in facts.Facts)
        {
            grid.AddRow(Faint(fact.Name), new Markup(Markup.Escape(fact.Number), StyleOf(fact.Tone)), Plain(fact.MoreIn(room)));
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

        foreach (var warning in facts.Warnings)
        {
            console.MarkupLine($" [yellow]warning[/]  {Markup.Escape(warning)}");
        }

        foreach (var next in facts.Next)
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

    private static int WidthOf(IReadOnlyList<SummaryFact> facts, Func<SummaryFact, string> column) => facts.Max(f => TextWidth.CellsOf(column(f))) + Padding;

    /// <summary>Whether numbers fit; a name may take a second line, if it is longer than a third.</summary>
    private static bool HasRoom(IReadOnlyList<string[]> rows, Terminal terminal) => rows.Count == 0
        || Enumerable.Range(1, rows[0].Length - 1).Sum(i => Math.Max(6, rows.Max(r => TextWidth.CellsOf(r[i]))) + Padding) + Math.Min(terminal.Width / 3, rows.Max(static r => TextWidth.CellsOf(r[0]))) + Padding <= terminal.Width;

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
