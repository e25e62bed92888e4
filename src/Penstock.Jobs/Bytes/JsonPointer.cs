namespace Penstock.Jobs.Bytes;

/// <summary>A place in a JSON value (RFC 6901).</summary>
internal sealed class JsonPointer
{
    /// <exception cref="ArgumentException">The text is no pointer; see <see cref="WhyInvalid"/>.</exception>
    public JsonPointer(string text)
    {
        if (WhyInvalid(text) is { } why)
        {
            throw new ArgumentException(why, nameof(text));
        }

        Text = text;

        // The order matters: "~01" is "~1" and not "/".
        Tokens = [.. text.Split('/').Skip(1).Select(static t => t.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
    }

    /// <summary>The pointer as it was written.</summary>
    public string Text { get; }

    /// <summary>The names or numbers that lead from the whole value to the place; none = the whole value.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Null if the text is a pointer; else why it is none, and the remedy.</summary>
    public static string? WhyInvalid(string text)
    {
        if (text.Length > 0 && text[0] != '/')
        {
            return $"it must begin with a slash; write {(text[0] == '#' ? text[1..] : "/" + text)}";
        }

        for (var at = text.IndexOf('~', StringComparison.Ordinal); at >= 0; at = text.IndexOf('~', at + 1))
        {
            if (at + 1 == text.Length || text[at + 1] is not ('0' or '1'))
            {
                return "'~' must be followed by 0 or 1; write ~0 for '~', and ~1 for '/' within a name";
            }
        }

        return null;
    }
}
