using System.Globalization;
using System.Text;
using Penstock.Jobs.Config;

namespace Penstock.Cli.Text;

/// <summary>Values as YAML that reads back as the same text. Pure.</summary>
internal static class YamlText
{
    /// <summary>Words that YAML takes for something else than text, in any case.</summary>
    private static readonly string[] Reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"];

    /// <summary>Text as one scalar: plain where nothing could be misread, else in double quotes.</summary>
    public static string Scalar(string text) => IsPlain(text) ? text : Quoted(text);

    /// <summary>Text in double quotes.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            switch (c)
            {
                case '"' or '\\':
                    quoted.Append('\\').Append(c);
                    break;
                case '\n':
                    quoted.Append("\\n");
                    break;
                case '\t':
                    quoted.Append("\\t");
                    break;
                case '\uFEFF' or '\u2028' or '\u2029' or '\uFFFE' or '\uFFFF':
                case var _ when char.IsControl(c):
                    quoted.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
                    break;
                default:
                    quoted.Append(c);
                    break;
            }
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A map's keys and values as lines, each set in by <paramref name="indent"/> blanks.</summary>
    public static void AppendMap(StringBuilder into, ConfigNode map, int indent)
    {
        foreach (var (key, _, value) in map.Entries)
        {
            into.Append(' ', indent).Append(Scalar(key)).Append(':');
            if (value.Kind == ConfigKind.Map && value.Entries.Count > 0)
            {
                into.Append('\n');
                AppendMap(into, value, indent + 2);
            }
            else
            {
                into.Append(' ').Append(Inline(value)).Append('\n');
            }
        }
    }

    private static string Inline(ConfigNode node) => node.Kind switch
    {
        ConfigKind.Map => "{" + string.Join(", ", node.Entries.Select(static e => $"{Scalar(e.Key)}: {Inline(e.Value)}")) + "}",
        ConfigKind.List => "[" + string.Join(", ", node.Items.Select(Inline)) + "]",
        _ when node.IsNull => "null",

        // What was plain may be a number or a truth value.
        _ => node.IsPlain && node.Text.All(char.IsAsciiLetterOrDigit) && node.Text.Length > 0 ? node.Text : Scalar(node.Text),
    };

    private static bool IsPlain(string text) =>
        text.TrimStart('.', '/') is [var first, ..] && char.IsAsciiLetter(first) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '/' or '-')
        && !Reserved.Contains(text, StringComparer.OrdinalIgnoreCase);
}
