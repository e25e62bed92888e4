namespace Penstock.Jobs.Config;

/// <summary>Blanks the comments that people and editors put into JSON, which YAML does not know. Lines and columns stay.</summary>
internal static class JsonComments
{
    public static string Blank(string text)
    {
        if (!text.Contains("//", StringComparison.Ordinal) && !text.Contains("/*", StringComparison.Ordinal))
        {
            return text;
        }

        var characters = text.ToCharArray();
        for (var i = 0; i < characters.Length; i++)
        {
            if (characters[i] == '"')
            {
                i = EndOfString(text, i);
            }
            else if (characters[i] == '/' && i + 1 < text.Length && text[i + 1] is '/' or '*')
            {
                var isLine = text[i + 1] == '/';
                var end = isLine ? text.IndexOf('\n', i) : text.IndexOf("*/", i + 2, StringComparison.Ordinal);
                end = end < 0 ? text.Length : isLine ? end : end + 2;
                for (; i < end; i++)
                {
                    characters[i] = characters[i] is '\n' or '\r' ? characters[i] : ' ';
                }

                i--;
            }
        }

        return new string(characters);
    }

    /// <summary>The place of the closing quote, or of the last character.</summary>
    private static int EndOfString(string text, int start)
    {
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '"')
            {
                return i;
            }
        }

        return text.Length;
    }
}
