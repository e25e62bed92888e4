using System.Globalization;
using System.Text;

namespace Penstock.Cli.Text;

/// <summary>
/// Makes text of a server, or of anyone else, safe to show: control characters and the marks that turn the writing direction become U+FFFD, so
/// that no description can move the cursor, hide what stands before it or look like a line of ours. Pure.
/// </summary>
internal static class TerminalText
{
    private const char Replacement = '\uFFFD';

    /// <summary>As one line: breaks and tabs become spaces.</summary>
    public static string Line(string text) => Clean(text, static (into, c) => into.Append(c is '\n' or '\t' ? ' ' : c));

    /// <summary>As a message: its further lines are set in, since a line that starts at the margin is one of ours.</summary>
    public static string Message(string text) => Clean(text.TrimEnd(), static (into, c) => into.Append(c == '\n' ? "\n    " : c.ToString()));

    /// <summary>As it is meant to be read, with its lines and tabs.</summary>
    public static string Lines(string text) => Clean(text, static (into, c) => into.Append(c));

    /// <param name="text">Any text.</param>
    /// <param name="append">Appends a line break, a tab, or a character that is harmless.</param>
    private static string Clean(string text, Action<StringBuilder, char> append)
    {
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
            {
                continue;
            }

            if (c is not ('\n' or '\t') && IsHarmful(c))
            {
                clean.Append(Replacement);
            }
            else
            {
                append(clean, c);
            }
        }

        return clean.ToString();
    }

    private static bool IsHarmful(char c) =>
        char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069')
        || char.GetUnicodeCategory(c) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
