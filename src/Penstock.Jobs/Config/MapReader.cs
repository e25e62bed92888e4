using System.Globalization;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Config;

/// <summary>Reads the keys of one map. A key is known because it was asked for: what nobody asked for is told by <see cref="End"/>.</summary>
internal sealed class MapReader
{
    private readonly ConfigNode _node;
    private readonly ProblemList _problems;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private MapReader(ConfigNode node, string path, ProblemList problems)
    {
        _node = node;
        Path = path;
        _problems = problems;
    }

    /// <summary>The map's path; empty for the root.</summary>
    public string Path { get; }

    public ConfigNode Node => _node;

    /// <summary>Null, and a problem, if the node is no map.</summary>
    public static MapReader? Open(ConfigNode node, string path, ProblemList problems)
    {
        if (node.Kind == ConfigKind.Map)
        {
            return new MapReader(node, path, problems);
        }

        problems.Add(node, path, "must be a map; write it as 'key: value' lines or { key: value }");
        return null;
    }

    public string PathOf(string key) => Join(Path, key);

    public static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    public void Problem(string key, string message) => _problems.Add(_node.Find(key) ?? _node, PathOf(key), message);

    /// <summary>The value of a key; null if it is absent or null.</summary>
    public ConfigNode? Get(string key)
    {
        _asked.Add(key);
        var value = _node.Find(key);
        return value is null || value.IsNull ? null : value;
    }

    public bool Has(string key) => _node.Find(key) is { IsNull: false };

    public MapReader? Map(string key) => Get(key) is { } value ? Open(value, PathOf(key), _problems) : null;

    public ConfigNode? Scalar(string key)
    {
        if (Get(key) is not { } value)
        {
            return null;
        }

        if (value.Kind == ConfigKind.Scalar)
        {
            return value;
        }

        _problems.Add(value, PathOf(key), "must be one value, not a list or a map");
        return null;
    }

    public string? Text(string key) => Scalar(key)?.Text;

    public long? Integer(string key, long low, long high) =>
        Number(key, $"a whole number from {low:N0} to {high:N0}", low, high, static text =>
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null);

    public double? Fraction(string key) =>
        Number(key, "a number from 0 to 1, for example 0.01", 0.0, 1.0, static text =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null);

    public TimeSpan? Duration(string key, TimeSpan low, TimeSpan high) =>
        Number(key, $"{Quantity.Format(low)} to {Quantity.Format(high)}, as {Quantity.DurationForm}", low, high, static text =>
            Quantity.TryDuration(text, out var value) ? value : null);

    public long? Size(string key, long low, long high) =>
        Number(key, $"{Quantity.FormatSize(low)} to {Quantity.FormatSize(high)}, as {Quantity.SizeForm}", low, high, static text =>
            Quantity.TrySize(text, out var value) ? value : null);

    public bool? Flag(string key) => Word(key, "true", "false") switch { "true" => true, "false" => false, _ => null };

    /// <summary>One of a few words.</summary>
    public string? Word(string key, params string[] words)
    {
        if (Scalar(key) is not { } value || words.Contains(value.Text))
        {
            return Text(key);
        }

        var near = NearestKey.Find(value.Text, words);
        _problems.Add(value, PathOf(key), $"'{value.Text}' is not known; use {near ?? string.Join(", ", words)}");
        return null;
    }

    /// <summary>Tells every key that nobody asked for.</summary>
    /// <param name="notBuilt">Keys that the format has but this version has not.</param>
    public void End(params string[] notBuilt)
    {
        foreach (var entry in _node.Entries.Where(e => !_asked.Contains(e.Key)))
        {
            var path = PathOf(entry.Key);
            if (notBuilt.Contains(entry.Key))
            {
                _problems.Add(entry.KeyPlace, path, "not built yet; remove the key");
            }
            else
            {
                var near = NearestKey.Find(entry.Key, _asked.Concat(notBuilt));
                var remedy = near is null ? $"valid here: {string.Join(", ", _asked)}" : $"did you mean '{near}'?";
                _problems.Add(entry.KeyPlace, path, $"unknown key; {remedy}");
            }
        }
    }

    private T? Number<T>(string key, string form, T low, T high, Func<string, T?> read)
        where T : struct, IComparable<T>
    {
        if (Scalar(key) is not { } value)
        {
            return null;
        }

        if (read(value.Text) is { } number && number.CompareTo(low) >= 0 && number.CompareTo(high) <= 0)
        {
            return number;
        }

        _problems.Add(value, PathOf(key), $"'{value.Text}' is not valid here; use {form}");
        return null;
    }
}
