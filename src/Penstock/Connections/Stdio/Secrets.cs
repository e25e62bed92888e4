using System.Text;

namespace Penstock.Connections.Stdio;

/// <summary>
/// Texts that must not be shown: the values of a server's configured variables. They are looked for in the form in which error output is shown,
/// and, where they have several lines, line by line as well. Immutable.
/// </summary>
internal sealed class Secrets
{
    private const string Mask = "***";

    // A shorter value is hardly a secret, and would black out half of every message.
    private const int ShortestSecret = 6;

    private readonly string[] _texts;

    internal Secrets(IEnumerable<string> values) =>
        _texts =
        [
            .. values.SelectMany(Forms).Where(static text => text.Length >= ShortestSecret)
                .Distinct(StringComparer.Ordinal).OrderByDescending(static text => text.Length),
        ];

    /// <summary>Nothing to hide.</summary>
    internal static Secrets None { get; } = new([]);

    /// <summary>The text with three stars for each secret.</summary>
    /// <param name="text">Clean text, as <see cref="CleanText"/> makes it.</param>
    /// <param name="isStartCut">Whether its beginning is missing: it may begin with the rest of a secret.</param>
    /// <param name="isEndCut">Whether its end is missing: it may end with the first part of a secret.</param>
    internal string Hide(string text, bool isStartCut = false, bool isEndCut = false)
    {
        if (isStartCut)
        {
            // Of a character that was cut, too, only the rest is there.
            text = text.TrimStart('\uFFFD');
            var rest = Longest((secret, length) => text.AsSpan().StartsWith(secret.AsSpan(secret.Length - length), StringComparison.Ordinal));
            text = rest > 0 ? Mask + text[rest..] : text;
        }

        if (isEndCut)
        {
            text = text.TrimEnd('\uFFFD');
            var part = Longest((secret, length) => text.AsSpan().EndsWith(secret.AsSpan(0, length), StringComparison.Ordinal));
            text = part > 0 ? text[..^part] + Mask : text;
        }

        foreach (var secret in _texts)
        {
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>The length of the longest piece of a secret that is where it is looked for; 0 if there is none.</summary>
    private int Longest(Func<string, int, bool> isThere)
    {
        var longest = 0;
        foreach (var secret in _texts)
        {
            for (var length = secret.Length; length > longest; length--)
            {
                longest = isThere(secret, length) ? length : longest;
            }
        }

        return longest;
    }

    private static IEnumerable<string> Forms(string value)
    {
        var shown = CleanText.From(Encoding.UTF8.GetBytes(value));
        return [shown.Trim(), .. shown.Split('\n', StringSplitOptions.TrimEntries)];
    }
}
