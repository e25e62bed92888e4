namespace Penstock.Jobs.Config;

/// <summary>Lays the command line's <c>--set a.b=c</c> over the nodes of a file. Values are YAML, so <c>--set servers.geo.args=[a,b]</c> works.</summary>
internal static class Overrides
{
    private const string Option = "--set ";

    /// <summary>Whether a value stands on the command line.</summary>
    public static bool Holds(ConfigNode node) => node.Place.StartsWith(Option, StringComparison.Ordinal);

    public static void Apply(ConfigNode root, IEnumerable<string> overrides, ProblemList problems)
    {
        foreach (var text in overrides)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                problems.Add($"--set {text}", "", "has no value; write it as --set pipeline.callTimeout=30s");
                continue;
            }

            var path = text[..equals];
            var place = Option + path;
            if (Value(text[(equals + 1)..], place, problems) is { } value)
            {
                Put(root, path, path, place, value, problems);
            }
        }
    }

    /// <summary>To YAML the rest of a plain text is a comment from here on; nobody comments on a command line.</summary>
    private static bool IsCut(string text) => text.Contains(" #", StringComparison.Ordinal) && text.TrimStart() is [not ('[' or '{' or '"' or '\''), ..];

    /// <summary>
    /// A lone dash is standard input or output here, and a bar a separator; to YAML they would be a list and a block of text. A template would be a
    /// map whose key is a map, which is of no use.
    /// </summary>
    private static ConfigNode? Value(string text, string place, ProblemList problems) => text is Job.Standard or "|" or ">" || text.StartsWith("{{", StringComparison.Ordinal) || IsCut(text)
        ? new ConfigNode(ConfigKind.Scalar, place) { Text = text }
        : ConfigText.ParseOption(text, place, problems);

    private static void Put(ConfigNode map, string path, string rest, string place, ConfigNode value, ProblemList problems)
    {
        if (map.Kind != ConfigKind.Map)
        {
            problems.Add(place, path, $"goes through something that is not a map (before '{rest}'); check the path");
            return;
        }

        // Names of servers may hold dots: the longest key that is there already wins.
        var known = map.Entries
            .Where(e => rest == e.Key || (rest.StartsWith(e.Key, StringComparison.Ordinal) && rest[e.Key.Length] == '.'))
            .MaxBy(static e => e.Key.Length);
        var dot = rest.IndexOf('.', StringComparison.Ordinal);
        var key = known?.Key ?? (dot < 0 ? rest : rest[..dot]);
        if (key.Length == rest.Length)
        {
            map.Entries.RemoveAll(e => e.Key == key);
            map.Entries.Add(new ConfigEntry(key, place, value));
            return;
        }

        if (known is null || known.Value.IsNull)
        {
            map.Entries.RemoveAll(e => e.Key == key);
            known = new ConfigEntry(key, place, new ConfigNode(ConfigKind.Map, place));
            map.Entries.Add(known);
        }

        // An alias is the very node that its anchor is: what is laid over the one must not lie over the other.
        var own = known.Value.Copy();
        map.Entries[map.Entries.FindIndex(e => e.Key == key)] = known with { Value = own };
        Put(own, path, rest[(key.Length + 1)..], place, value, problems);
    }
}
