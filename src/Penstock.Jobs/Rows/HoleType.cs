using System.Text.Json;

namespace Penstock.Jobs.Rows;

/// <summary>The type of JSON value that a schema asks for.</summary>
internal enum ValueKind : byte
{
    /// <summary>Not known, or several: JSON as it is, text as a string.</summary>
    Any,
    String,
    Integer,
    Number,
    Boolean,

    /// <summary>An object or a list.</summary>
    Structure,
}

/// <summary>What a tool's schema asks of a value that is one column alone.</summary>
/// <param name="Kind">Its type.</param>
/// <param name="IsRequired">Whether an empty cell may not be left out.</param>
internal readonly record struct HoleType(ValueKind Kind, bool IsRequired)
{
    /// <summary>Stands among keys for a list's item.</summary>
    public const string Item = "[]";

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = CallLine.MaxDepth };

    /// <summary>Reads them from a schema. What it says in a way that is not read here, such as a <c>$ref</c>, is <see cref="ValueKind.Any"/>.</summary>
    /// <param name="schema">JSON Schema of the arguments; empty = nothing is known.</param>
    /// <param name="holes">The keys that lead to each value.</param>
    public static HoleType[] Read(ReadOnlyMemory<byte> schema, IReadOnlyList<IReadOnlyList<string>> holes)
    {
        var types = new HoleType[holes.Count];
        if (schema.IsEmpty)
        {
            return types;
        }

        try
        {
            using var document = JsonDocument.Parse(schema, Deep);
            for (var i = 0; i < types.Length; i++)
            {
                types[i] = Of(document.RootElement, holes[i]);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A schema that cannot be read is the server's fault, and must not look like the row's: nothing is known.
        }

        return types;
    }

    private static HoleType Of(JsonElement schema, IReadOnlyList<string> keys)
    {
        var isRequired = false;
        foreach (var key in keys)
        {
            if (key == Item)
            {
                (isRequired, schema) = (true, Get(schema, "items") ?? default);
                continue;
            }

            isRequired = Get(schema, "required") is { ValueKind: JsonValueKind.Array } required
                && required.EnumerateArray().Any(r => r.ValueKind == JsonValueKind.String && r.ValueEquals(key));
            if (Get(schema, "properties") is not { } properties || Get(properties, key) is not { } next)
            {
                return new HoleType(ValueKind.Any, isRequired);
            }

            schema = next;
        }

        return new HoleType(KindOf(schema), isRequired);
    }

    private static ValueKind KindOf(JsonElement schema)
    {
        if (Get(schema, "type") is not { } type)
        {
            return ValueKind.Any;
        }

        if (type.ValueKind == JsonValueKind.Array)
        {
            // One type beside null is that type: an empty cell is left out anyway.
            var kinds = type.EnumerateArray().Where(static t => !Is(t, "null")).Select(KindOfName).Distinct().ToList();
            return kinds.Count == 1 ? kinds[0] : ValueKind.Any;
        }

        return KindOfName(type);
    }

    private static ValueKind KindOfName(JsonElement type) =>
        Is(type, "string") ? ValueKind.String
        : Is(type, "integer") ? ValueKind.Integer
        : Is(type, "number") ? ValueKind.Number
        : Is(type, "boolean") ? ValueKind.Boolean
        : Is(type, "object") || Is(type, "array") ? ValueKind.Structure
        : ValueKind.Any;

    private static bool Is(JsonElement type, string name) => type.ValueKind == JsonValueKind.String && type.ValueEquals(name);

    private static JsonElement? Get(JsonElement schema, string key) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(key, out var value) ? value : null;
}
