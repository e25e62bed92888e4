namespace Penstock.Jobs.Records;

/// <summary>Values that must not appear in messages.</summary>
internal sealed class Secrets
{
    /// <summary>Shorter values are found in every second word, and protect nothing.</summary>
    private const int MinLength = 6;

    private readonly HashSet<string> _values = new(StringComparer.Ordinal);

    public string? Keep(string? value)
    {
        if (value is { Length: >= MinLength })
        {
            _values.Add(value);
        }

        return value;
    }

    public string Redact(string text)
    {
        if (_values.Count == 0)
        {
            return text;
        }

        // The longest first: a secret may be part of another.
        foreach (var value in _values.OrderByDescending(static v => v.Length))
        {
            text = text.Replace(value, "***", StringComparison.Ordinal);
        }

        return text;
    }
}
