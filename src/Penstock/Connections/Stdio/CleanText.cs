using System.Text;

namespace Penstock.Connections.Stdio;

/// <summary>Makes what a program wrote for a terminal fit for a message.</summary>
internal static class CleanText
{
    private const char Escape = '\u001b';

    /// <summary>
    /// The text without colours and other escape sequences; control characters but line feeds become spaces, bytes that are not UTF-8 U+FFFD. A
    /// carriage return that is not part of a line end ends a line as well, since progress bars are drawn with it.
    /// </summary>
    internal static string From(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == Escape)
            {
                i = EndOfSequence(text, i);
            }
            else if (c is '\n' or '\r')
            {
                clean.Append('\n');
            }
            else
            {
                clean.Append(char.IsControl(c) ? ' ' : c);
            }
        }

        return clean.ToString();
    }

    // ESC [ parameters letter, ESC ] text BEL, or ESC and one character.
    private static int EndOfSequence(string text, int start)
    {
        var i = start + 1;
        if (i >= text.Length)
        {
            return start;
        }

        if (text[i] == '[')
        {
            do
            {
                i++;
            }
            while (i < text.Length && text[i] is >= ' ' and <= '?');
        }
        else if (text[i] == ']')
        {
            while (i < text.Length && text[i] is not ('\a' or '\n'))
            {
                i++;
            }
        }

        return Math.Min(i, text.Length - 1);
    }
}
