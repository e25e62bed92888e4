using System.Text.Json;

namespace Penstock.Cli.Init;

/// <summary>One argument that a tool takes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsRequired">Whether the tool refuses calls without it.</param>
/// <param name="Says">What the schema says of it, on one line.</param>
internal sealed record ToolProperty(string Name, bool IsRequired, string Says)
{
    private const int MostShown = 100;

    /// <summary>The required ones first, each kind in the order of the schema; none if the schema cannot be read.</summary>
    public static IReadOnlyList<ToolProperty> Of(ReadOnlyMemory<byte> schema)
    {
        try
        {
            using var document = JsonDocument.Parse(schema, new JsonDocumentOptions { MaxDepth = 512 });
            var root = document.RootElement;
            var required = root.TryGetProperty("required", out var list) && list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray().Where(static r => r.ValueKind == JsonValueKind.String).Select(static r => r.GetString()!).ToHashSet(StringComparer.Ordinal)
                : [];
            return root.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
                ? [.. properties.EnumerateObject().Select(p => new ToolProperty(p.Name, required.Contains(p.Name), Sentence(p.Value))).OrderBy(static p => !p.IsRequired)]
                : [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static string Sentence(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return "any value";
        }

        var type = schema.TryGetProperty("type", out var given) ? Words(given) : null;
        var choices = schema.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array
            ? $"one of {string.Join(", ", values.EnumerateArray().Select(static v => v.ToString()))}"
            : null;
        var description = schema.TryGetProperty("description", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
        var sentence = TerminalText.Line(string.Join(": ", new[] { choices ?? type ?? "any value", description }.Where(static s => !string.IsNullOrWhiteSpace(s))));
        return sentence.Length <= MostShown ? sentence : sentence[..MostShown] + "…";
    }

    private static string Words(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? string.Join(" or ", type.EnumerateArray().Select(static t => t.ToString())) : type.ToString();
}
