using System.Globalization;
using System.Text.Json;

namespace Penstock.Jobs.Tests.Config;

/// <summary>One key of the schema, as a table of the guide shows it.</summary>
/// <param name="Type">The JSON type, or <c>duration</c>, <c>size</c>, <c>text</c>.</param>
/// <param name="Default">As the guide shows it.</param>
/// <param name="Description">What the schema says.</param>
/// <param name="Range">As the guide shows it; empty if none is told.</param>
/// <param name="Values">The default and the examples, as values of the command line.</param>
internal sealed record SchemaKey(string Type, string Default, string Description, string Range, IReadOnlyList<string> Values);

/// <summary>The keys of the job file's schema, by path; those of a server, of the input and of a call under these names.</summary>
internal static class SchemaKeys
{
    private static readonly string[] Sections = ["input", "call", "server"];

    public static IEnumerable<(string Path, SchemaKey Key)> All()
    {
        using var schema = JsonDocument.Parse(JobSchema.Text);
        var root = schema.RootElement.Clone();
        return [.. Of(root, root, ""), .. Sections.SelectMany(s => Of(root, root.GetProperty("$defs").GetProperty(s), s + "."))];
    }

    /// <summary>Of one section, or of the top if it is empty.</summary>
    public static IEnumerable<(string Path, SchemaKey Key)> Section(string name) => name.Length > 0
        ? All().Where(k => k.Path.StartsWith(name + ".", StringComparison.Ordinal)).Select(k => (k.Path[(name.Length + 1)..], k.Key))
        : All().Where(static k => !Sections.Contains(k.Path.Split('.')[0]) || k.Path is "input" or "call");

    private static IEnumerable<(string Path, SchemaKey Key)> Of(JsonElement root, JsonElement map, string prefix)
    {
        var required = map.TryGetProperty("required", out var list) ? list.EnumerateArray().Select(static r => r.GetString()).ToList() : [];
        foreach (var member in map.GetProperty("properties").EnumerateObject())
        {
            var (path, value) = (prefix + member.Name, member.Value);
            var reference = value.TryGetProperty("$ref", out var to) ? to.GetString()!.Split('/')[^1] : null;
            var isSection = reference is not null && Sections.Contains(reference);
            if (value.TryGetProperty("properties", out _))
            {
                // A map that is not in a section of its own: its keys, and itself where it may be empty.
                if (path == "server.mock")
                {
                    yield return (path, Key(value, "object", isRequired: false));
                }

                foreach (var inner in Of(root, value, path + "."))
                {
                    // What a part that may be left out needs is not needed as such.
                    yield return required.Contains(member.Name) ? inner : (inner.Path, inner.Key with { Default = inner.Key.Default == "required" ? "" : inner.Key.Default });
                }

                continue;
            }

            var told = isSection ? root.GetProperty("$defs").GetProperty(reference!) : value;
            yield return (path, Key(told, reference ?? (value.TryGetProperty("type", out var type) ? type.ToString() : ""), required.Contains(member.Name)));
        }
    }

    private static SchemaKey Key(JsonElement schema, string type, bool isRequired)
    {
        var given = schema.TryGetProperty("default", out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText() : null;
        var comment = schema.TryGetProperty("$comment", out var says) ? says.GetString() : null;
        var examples = schema.TryGetProperty("examples", out var list) ? list.EnumerateArray().Select(static e => e.ValueKind == JsonValueKind.String ? JsonSerializer.Serialize(e.GetString(), Plain) : e.GetRawText()) : [];
        return new SchemaKey(
            type,
            comment ?? given ?? (isRequired ? "required" : ""),
            schema.GetProperty("description").GetString()!,
            Range(schema, type),
            [.. examples, .. given is null ? [] : new[] { given }]);
    }

    private static string Range(JsonElement schema, string type) => schema switch
    {
        _ when schema.TryGetProperty("enum", out var values) => string.Join(", ", values.EnumerateArray().Select(static v => $"`{v}`")),
        _ when type is "integer" or "number" && schema.TryGetProperty("minimum", out var low) && low.GetDouble() > int.MinValue && schema.TryGetProperty("maximum", out var high) =>
            string.Create(CultureInfo.InvariantCulture, $"{low.GetDouble():N0} to {high.GetDouble():N0}"),
        _ => "",
    };

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
