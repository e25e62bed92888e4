using System.Text;
using Penstock.Cli.Text;

namespace Penstock.Cli.Summary;

/// <summary>A job's end in plain text: one fact a line, numbers under each other. Pure.</summary>
internal static class SummaryText
{
    private const string Indent = "          ";

    /// <summary>A terminal that is narrower than this is not believed.</summary>
    private const int Narrowest = 40;

    /// <summary>Of a message, where no terminal says how wide it is.</summary>
    private const int UsualMore = 200;

    /// <param name="facts">What it says.</param>
    /// <param name="width">The columns there are: longer lines go on in the next, between words. Paths and commands do not. 0 = any number.</param>
    public static string Of(SummaryFacts facts, int width = 0)
    {
        width = width == 0 ? int.MaxValue : Math.Max(Narrowest, width);
        var text = new StringBuilder();
        if (facts.StopReason is not null)
        {
            Append(text, $"penstock: {facts.StopReason}", width);
        }

        foreach (var fact in facts.Facts)
        {
            var start = $"{fact.Name,-8}{fact.Number,14}  ";
            Append(text, start + fact.MoreIn(width == int.MaxValue ? UsualMore : width - start.Length), width);
        }

        foreach (var server in facts.Servers)
        {
            Append(text, $"{"server",-8}{server[1],14}  ok, {server[2]} failed: {server[0]}", width);
        }

        foreach (var tool in facts.Tools)
        {
            Append(text, $"{"tool",-8}{tool[1],14}  calls, {tool[2]} failed, p50 {tool[3]}, p99 {tool[4]}: {tool[0]}", width);
        }

        if (facts.MoreTools > 0)
        {
            Append(text, $"{"tools",-8}{facts.MoreTools,14}  more, which are quicker; --report has them all", width);
        }

        foreach (var (name, path) in facts.Files)
        {
            text.AppendLine($"{name,-8}  {path}");
        }

        foreach (var warning in facts.Warnings)
        {
            Append(text, $"{"warning",-8}  {warning}", width);
        }

        foreach (var next in facts.Next)
        {
            text.AppendLine(next.Why).Append("  ").AppendLine(next.Command);
        }

        return text.ToString();
    }

    /// <summary>Appends one line, or as many as it takes. A number and its unit are not parted, and neither are a name and its number.</summary>
    private static void Append(StringBuilder text, string line, int width)
    {
        line = line.TrimEnd();
        while (TextWidth.CellsOf(line) > width)
        {
            var end = Math.Min(line.Length - 1, width);
            while (end > 0 && (line[end] != ' ' || TextWidth.CellsOf(line.AsSpan(0, end)) > width || line.AsSpan(end + 1).StartsWith("ms", StringComparison.Ordinal)))
            {
                end--;
            }

            if (line.AsSpan(0, end).IsWhiteSpace())
            {
                break;
            }

            text.AppendLine(line[..end].TrimEnd());
            line = Indent + line[(end + 1)..];
        }

        text.AppendLine(line);
    }
}
