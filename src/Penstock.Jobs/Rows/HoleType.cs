using System.Text.Json;
using Penstock.Jobs.Bytes;

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

    /// <summary>References and alternatives followed for one value; a schema may refer to itself.</summary>
    private const int MostSteps = 32;

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = CallLine.MaxDepth };

    /// <summary>
    /// Reads them from a schema: its types, local references, and alternatives of which all but one are null (what Python servers make of optional
    /// arguments). What is said otherwise is <see cref="ValueKind.Any"/>.
    /// </summary>
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
        var root = schema;
        var isRequired = false;
        foreach (var key in keys)
        {
            schema = Effective(root, schema, isWhole: false);
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

        return new HoleType(KindOf(Effective(root, schema, isWhole: true)), isRequired);
    }

    /// <summary>The schema that says what the value is: behind its references, and behind alternatives that leave one beside null.</summary>
    /// <param name="root">What references are looked for in.</param>
    /// <param name="schema">The value's.</param>
    /// <param name="isWhole">Only the value's own type is asked for; of two kinds of object the members differ.</param>
    private static JsonElement Effective(JsonElement root, JsonElement schema, bool isWhole)
    {
        for (var step = 0; step < MostSteps; step++)
        {
            if (Get(schema, "$ref") is { ValueKind: JsonValueKind.String } reference)
            {
                if (SchemaReference.Find(root, reference.GetString()!) is not { } target)
                {
                    return default;
                }

                schema = target;
            }
            else if (Get(schema, "type") is null && Get(schema, "properties") is null && Single(schema, isWhole) is { } only)
            {
                schema = only;
            }
            else
            {
                return schema;
            }
        }

        return default;
    }

    private static JsonElement? Single(JsonElement schema, bool isWhole)
    {
        if ((Get(schema, "anyOf") ?? Get(schema, "oneOf") ?? Get(schema, "allOf")) is not { ValueKind: JsonValueKind.Array } branches)
        {
            return null;
        }

        JsonElement? single = null;
        foreach (var branch in branches.EnumerateArray())
        {
            if (Get(branch, "type") is { } type && Is(type, "null"))
            {
                continue;
            }

            // Two that are of one type are that type as well.
            if (single is { } other && (!isWhole || KindOf(other) == ValueKind.Any || KindOf(other) != KindOf(branch)))
            {
                return null;
            }

            single ??= branch;
        }

        return single;
    }

    private static ValueKind KindOf(JsonElement schema)
    {
        if (Get(schema, "type") is not { } type)
        {
            return Get(schema, "enum") is { ValueKind: JsonValueKind.Array } values && values.EnumerateArray().All(static v => v.ValueKind == JsonValueKind.String)
                ? ValueKind.String
                : ValueKind.Any;
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
