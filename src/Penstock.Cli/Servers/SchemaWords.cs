using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Penstock.Jobs.Bytes;

namespace Penstock.Cli.Servers;

/// <summary>Says in words what a JSON Schema of a tool asks for, and makes up values that fit it. Of references only those into the schema itself are followed. Pure.</summary>
/// <param name="root">The whole schema.</param>
internal sealed partial class SchemaWords(JsonElement root)
{
    /// <summary>Deeper than any schema that people read; a schema may refer to itself.</summary>
    private const int MaxDepth = 6;

    private const int MaxReferences = 8;

    /// <summary>Alternatives and examples looked at: what refers to itself grows with every level, and a server may mean harm.</summary>
    private const int MaxSteps = 20_000;

    private static readonly string[] Alternatives = ["anyOf", "oneOf", "allOf"];

    private int _steps;

    /// <summary>How schemas of servers are read.</summary>
    public static JsonDocumentOptions Options { get; } = new() { MaxDepth = 512 };

    /// <summary>A schema of a server. Halves of characters, which a cut in the middle of one leaves behind, become U+FFFD: they are no text.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> schema)
    {
        var text = Encoding.UTF8.GetString(schema.Span);
        return JsonDocument.Parse(HalfCharacter().Replace(text, static m => m.Value[..^m.Groups["half"].Length] + "\\uFFFD"), Options);
    }

    /// <summary>The names that a schema requires.</summary>
    public static HashSet<string> Required(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("required", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(static r => r.ValueKind == JsonValueKind.String).Select(static r => r.GetString()!).ToHashSet(StringComparer.Ordinal)
            : [];

    /// <summary>The schema that is referred to; the schema itself if it refers to none that is there.</summary>
    public JsonElement Resolve(JsonElement schema)
    {
        for (var i = 0; i < MaxReferences && Text(schema, "$ref") is { } reference && SchemaReference.Find(root, reference) is { } found; i++)
        {
            schema = found;
        }

        return schema;
    }

    /// <summary>Such as <c>array of string or null</c>; empty = any.</summary>
    public string Type(JsonElement schema, int depth = 0)
    {
        schema = Resolve(schema);
        if (Types(schema) is { Count: > 0 } types)
        {
            return string.Join(" or ", types.Select(t =>
                t == "array" && _steps++ < MaxSteps && schema.TryGetProperty("items", out var items) && depth < MaxDepth && Type(items, depth + 1) is { Length: > 0 } of ? $"array of {of}" : t));
        }

        string[] branches = depth < MaxDepth ? [.. Branches(schema).TakeWhile(_ => _steps++ < MaxSteps).Select(b => Type(b, depth + 1)).Where(static t => t.Length > 0).Distinct()] : [];
        return branches.Length > 0 ? string.Join(" or ", branches)
            : Values(schema) is { Count: > 0 } values ? string.Join(" or ", values.Select(static v => NameOf(v.ValueKind)).Distinct())
            : schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out _) ? "object" : "";
    }

    /// <summary>Such as <c>small, large</c>; empty = any.</summary>
    public string Choices(JsonElement schema) =>
        string.Join(", ", Resolved(schema).Select(Values).FirstOrDefault(static v => v.Count > 0, []).Select(static v => v.ToString()));

    /// <summary>Empty if the schema tells none.</summary>
    public string Default(JsonElement schema) =>
        Resolved(schema).Select(static s => Member(s, "default")).FirstOrDefault(static v => v is not null) is { } value
            ? value is { ValueKind: JsonValueKind.String } && value.GetString() is { Length: > 0 } text ? text : value.GetRawText()
            : "";

    /// <summary>Its own, or that of what it refers to; empty if there is none.</summary>
    public string Description(JsonElement schema) => Text(schema, "description") ?? Text(Resolve(schema), "description") ?? "";

    /// <summary>Writes a value that fits, with no more members than are required.</summary>
    public void WriteExample(Utf8JsonWriter writer, JsonElement schema, int depth = 0)
    {
        schema = Resolve(schema);
        if (++_steps > MaxSteps)
        {
            writer.WriteNullValue();
        }
        else if (Given(schema) is { } given)
        {
            given.WriteTo(writer);
        }
        else if (Types(schema).FirstOrDefault(static t => t != "null") is not { } type)
        {
            WriteExampleOfBranch(writer, schema, depth);
        }
        else if (type == "object")
        {
            WriteObject(writer, schema, depth);
        }
        else if (type == "array")
        {
            writer.WriteStartArray();
            if (Number(schema, "minItems") > 0 && schema.TryGetProperty("items", out var items) && depth < MaxDepth)
            {
                WriteExample(writer, items, depth + 1);
            }

            writer.WriteEndArray();
        }
        else if (type is "number" or "integer")
        {
            // Of a range with neither end told 1 is the likeliest to be right.
            writer.WriteNumberValue(Math.Max(Number(schema, "minimum") ?? decimal.MinValue, Math.Min(Number(schema, "maximum") ?? decimal.MaxValue, 1)));
        }
        else if (type == "boolean")
        {
            writer.WriteBooleanValue(true);
        }
        else
        {
            writer.WriteStringValue(Text(schema, "format") switch
            {
                "uri" or "url" => "https://example.org",
                "email" => "someone@example.org",
                "date" => "2026-01-31",
                "date-time" => "2026-01-31T12:00:00Z",
                _ => "text",
            });
        }
    }

    private void WriteObject(Utf8JsonWriter writer, JsonElement schema, int depth)
    {
        writer.WriteStartObject();
        if (Member(schema, "properties") is { ValueKind: JsonValueKind.Object } properties && depth < MaxDepth)
        {
            var required = Required(schema);
            foreach (var property in properties.EnumerateObject().Where(p => required.Contains(p.Name)))
            {
                writer.WritePropertyName(property.Name);
                WriteExample(writer, property.Value, depth + 1);
            }
        }

        writer.WriteEndObject();
    }

    private void WriteExampleOfBranch(Utf8JsonWriter writer, JsonElement schema, int depth)
    {
        if (depth < MaxDepth && Branches(schema).Where(b => Type(b) != "null").Cast<JsonElement?>().FirstOrDefault() is { } branch)
        {
            WriteExample(writer, branch, depth + 1);
        }
        else if (Member(schema, "properties") is not null)
        {
            WriteObject(writer, schema, depth);
        }
        else
        {
            writer.WriteStringValue("text");
        }
    }

    /// <summary>A value that the schema itself names.</summary>
    private static JsonElement? Given(JsonElement schema)
    {
        JsonElement?[] named = [Member(schema, "default"), .. Values(schema), Member(schema, "examples") is { ValueKind: JsonValueKind.Array } all && all.GetArrayLength() > 0 ? all[0] : null];
        return named.FirstOrDefault(static v => v is { ValueKind: not JsonValueKind.Null });
    }

    /// <summary>The schema and its alternatives, with references followed.</summary>
    private IEnumerable<JsonElement> Resolved(JsonElement schema) => [schema, Resolve(schema), .. Branches(Resolve(schema)).Select(Resolve)];

    private static IEnumerable<JsonElement> Branches(JsonElement schema) =>
        Alternatives.Select(name => Member(schema, name)).Where(static b => b is { ValueKind: JsonValueKind.Array }).SelectMany(static b => b!.Value.EnumerateArray());

    private static List<JsonElement> Values(JsonElement schema) =>
        Member(schema, "enum") is { ValueKind: JsonValueKind.Array } values ? [.. values.EnumerateArray()]
        : Member(schema, "const") is { } only ? [only] : [];

    private static List<string> Types(JsonElement schema) => Member(schema, "type") switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } several => [.. several.EnumerateArray().Select(static t => t.ToString()).Distinct()],
        _ => [],
    };

    /// <summary>
    /// An escape of half a character whose other half does not stand beside it. Before it there is an even number of backslashes, or it would be
    /// no escape.
    /// </summary>
    [GeneratedRegex(@"(?<=(?<!\\)(?:\\\\)*)(?<half>\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})", RegexOptions.CultureInvariant)]
    private static partial Regex HalfCharacter();

    private static string NameOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static decimal? Number(JsonElement schema, string name) =>
        Member(schema, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDecimal(out var number) ? number : null;

    private static string? Text(JsonElement schema, string name) =>
        Member(schema, name) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } given ? given : null;

    private static JsonElement? Member(JsonElement schema, string name) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(name, out var value) ? value : null;
}
