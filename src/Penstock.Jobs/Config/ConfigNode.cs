namespace Penstock.Jobs.Config;

internal enum ConfigKind
{
    Scalar,
    Map,
    List,
}

/// <summary>
/// A node of a job file that knows where it stands. Our own tree, because the library's forgets the places of duplicate keys and throws at the
/// first of them.
/// </summary>
internal sealed class ConfigNode(ConfigKind kind, string place)
{
    public ConfigKind Kind { get; } = kind;

    /// <summary><c>file:line:column</c>.</summary>
    public string Place { get; } = place;

    /// <summary>A scalar's text; empty for the other kinds.</summary>
    public string Text { get; init; } = "";

    /// <summary>A scalar without quotes: it may be a number, a truth value or null.</summary>
    public bool IsPlain { get; init; }

    public List<ConfigEntry> Entries { get; } = [];

    public List<ConfigNode> Items { get; } = [];

    /// <summary>Nodes under this one with aliases written out, itself included; what keeps a few nested aliases from growing to gigabytes.</summary>
    public long Size { get; set; } = 1;

    public bool IsNull => Kind == ConfigKind.Scalar && IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>A node of its own with the same children.</summary>
    public ConfigNode Copy()
    {
        var copy = new ConfigNode(Kind, Place) { Text = Text, IsPlain = IsPlain, Size = Size };
        copy.Entries.AddRange(Entries);
        copy.Items.AddRange(Items);
        return copy;
    }

    public ConfigNode? Find(string key) => Entries.Find(e => e.Key == key)?.Value;
}

/// <summary>One key and its value.</summary>
internal sealed record ConfigEntry(string Key, string KeyPlace, ConfigNode Value);
