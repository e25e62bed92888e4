using Penstock.Jobs.Bytes;

namespace Penstock.Cli.Init;

/// <summary>Which column fills which property of a tool's arguments.</summary>
/// <param name="Column">The column's name.</param>
/// <param name="IsGuess">The names are only near each other.</param>
internal sealed record ColumnMatch(string Column, bool IsGuess)
{
    /// <summary>Shorter names are near each other by chance.</summary>
    private const int MinGuessed = 4;

    /// <summary>
    /// One column at most per property, and no column twice: the same name first, then the same letters and digits whatever the case, then a
    /// name in which a quarter of the letters differs. Pure.
    /// </summary>
    public static IReadOnlyDictionary<string, ColumnMatch> Find(IReadOnlyList<string> properties, IReadOnlyList<string> columns)
    {
        var matches = new Dictionary<string, ColumnMatch>(StringComparer.Ordinal);
        var free = columns.Distinct().ToList();
        Take(isGuess: false, static (property, free) => free.Find(c => c == property));
        Take(isGuess: false, static (property, free) => Letters(property) is { Length: > 0 } letters ? free.Find(c => Letters(c) == letters) : null);
        Take(isGuess: true, static (property, free) =>
            property.Length < MinGuessed ? null : NearestKey.Find(property, free.Where(static c => c.Length >= MinGuessed), property.Length / 4));
        return matches;

        void Take(bool isGuess, Func<string, List<string>, string?> find)
        {
            foreach (var property in properties.Where(p => !matches.ContainsKey(p)))
            {
                if (find(property, free) is { } column)
                {
                    matches[property] = new ColumnMatch(column, isGuess);
                    free.Remove(column);
                }
            }
        }
    }

    private static string Letters(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
