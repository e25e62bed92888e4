using System.Text;

namespace Penstock.Cli;

/// <summary>A job's end in plain text: one fact a line, numbers under each other. Pure.</summary>
internal static class SummaryText
{
    public static string Of(SummaryFacts facts)
    {
        var text = new StringBuilder();
        if (facts.StopReason is not null)
        {
            text.Append("penstock: ").AppendLine(facts.StopReason);
        }

        foreach (var fact in facts.Facts)
        {
            text.AppendLine($"{fact.Name,-8}{fact.Number,14}  {fact.More}".TrimEnd());
        }

        foreach (var server in facts.Servers)
        {
            text.AppendLine($"{"server",-8}{server[1],14}  ok, {server[2]} failed: {server[0]}");
        }

        foreach (var tool in facts.Tools)
        {
            text.AppendLine($"{"tool",-8}{tool[1],14}  calls, {tool[2]} failed, p50 {tool[3]}, p99 {tool[4]}: {tool[0]}");
        }

        if (facts.MoreTools > 0)
        {
            text.AppendLine($"{"tools",-8}{facts.MoreTools,14}  more, which are quicker; --report has them all");
        }

        foreach (var (name, path) in facts.Files)
        {
            text.AppendLine($"{name,-8}  {path}");
        }

        if (facts.Next is { } next)
        {
            text.AppendLine(next.Why).Append("  ").AppendLine(next.Command);
        }

        return text.ToString();
    }
}
