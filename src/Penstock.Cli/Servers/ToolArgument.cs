using System.Text.Json;
using Penstock.Cli.Text;

namespace Penstock.Cli.Servers;

/// <summary>One argument that a tool takes, or one member of its result. Its words are the server's, cleaned, on one line each.</summary>
/// <param name="Name">Its name, as it is.</param>
/// <param name="IsRequired">Whether the tool refuses calls without it.</param>
/// <param name="Type">Its type in words; empty = any.</param>
internal sealed record ToolArgument(string Name, bool IsRequired, string Type)
{
    private const int MostShown = 100;

    /// <summary>The values that it may have; empty = any of its type.</summary>
    public string Choices { get; init; } = "";

    /// <summary>What it is if it is left out; empty = not told.</summary>
    public string Default { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>Where a member of a result lies in it: an RFC 6901 pointer.</summary>
    public string ResultPointer => $"/structuredContent/{Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    /// <summary>What the schema says of it, cut where it becomes long.</summary>
    public string Says
    {
        get
        {
            var what = Choices.Length > 0 ? $"one of {Choices}" : Type.Length > 0 ? Type : "any value";
            var sentence = Description.Length > 0 ? $"{what}: {Description}" : what;
            return sentence.Length <= MostShown ? sentence : sentence[..MostShown] + "…";
        }
    }

    /// <summary>The required ones first, each kind in the order of the schema; none if the schema cannot be read.</summary>
    public static IReadOnlyList<ToolArgument> Of(ReadOnlyMemory<byte> schema)
    {
        try
        {
            using var document = SchemaWords.Parse(schema);
            var words = new SchemaWords(document.RootElement);
            var root = words.Resolve(document.RootElement);
            var required = SchemaWords.Required(root);
            return root.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
                ? [.. properties.EnumerateObject().Select(p => Of(p, required.Contains(p.Name), words)).OrderBy(static p => !p.IsRequired)]
                : [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static ToolArgument Of(JsonProperty property, bool isRequired, SchemaWords words) => new(property.Name, isRequired, Clean(words.Type(property.Value)))
    {
        Choices = Clean(words.Choices(property.Value)),
        Default = Clean(words.Default(property.Value)),
        Description = Clean(words.Description(property.Value)),
    };

    private static string Clean(string text) => TerminalText.Line(text.Trim());
}
