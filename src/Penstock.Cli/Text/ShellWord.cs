using System.Globalization;
using System.Text;

namespace Penstock.Cli.Text;

/// <summary>Text as a word of a shell, in quotes where it needs them. Pure.</summary>
internal static class ShellWord
{
    private const string PlainMarks = "./_-=%,:@+";

    /// <summary>For sh, bash, zsh and fish; what a terminal would obey is spelt in the form of bash and zsh.</summary>
    public static string Of(string text)
    {
        if (text.Length > 0 && text[0] != '=' && text.All(static c => char.IsAsciiLetterOrDigit(c) || PlainMarks.Contains(c)))
        {
            return text;
        }

        return text == TerminalText.Line(text)
            ? $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'"
            : $"$'{string.Concat(text.EnumerateRunes().Select(Spelt))}'";
    }

    private static string Spelt(Rune rune)
    {
        var text = rune.ToString();
        if (rune.Value is '\'' or '\\')
        {
            return $"\\{text}";
        }

        return text == TerminalText.Line(text) ? text : string.Concat(Encoding.UTF8.GetBytes(text).Select(static b => string.Create(CultureInfo.InvariantCulture, $"\\x{b:x2}")));
    }
}
