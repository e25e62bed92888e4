using System.Text.Json;
using Penstock.Jobs.Bytes;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Config;

/// <summary>Holds the keys and constants of a job's <c>call.arguments</c> against a tool's schema. As with the engine, what is not surely read refuses nothing.</summary>
/// <param name="tool">The tool.</param>
/// <param name="places">The job's nodes.</param>
/// <param name="add">Takes a problem's place, path and message.</param>
internal sealed class ArgumentsCheck(ToolDescription tool, JobPlaces places, Action<string, string, string> add)
{
    private const string Path = "call.arguments";

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = CallLine.MaxDepth };

    public void Run()
    {
        var node = places.Node("call", "arguments");
        if (tool.InputSchema.IsEmpty || node is { Kind: not ConfigKind.Map })
        {
            return;
        }

        try
        {
            using var schema = JsonDocument.Parse(tool.InputSchema, Deep);
            if (ArgumentRules.Read(schema.RootElement) is { } rules)
            {
                var unknown = node?.Entries.Where(e => !rules.Types.ContainsKey(e.Key)).ToList() ?? [];
                Required(rules, node, unknown);
                Unknown(rules, node, unknown);
                Constants(rules, node);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The server's fault, half a surrogate pair for example: nothing is known.
        }
    }

    /// <summary>What is probably meant by a missing name is taken out of <paramref name="unknown"/>: one mistake, told once.</summary>
    private void Required(ArgumentRules rules, ConfigNode? node, List<ConfigEntry> unknown)
    {
        foreach (var name in rules.Required.Where(r => node?.Find(r) is null))
        {
            var types = rules.Types.GetValueOrDefault(name) is { Count: > 0 } known ? $" ({Words(known)})" : "";
            var nearest = NearestKey.Find(name, unknown.Select(static u => u.Key));
            var meant = unknown.Find(e => e.Key == nearest);
            var remedy = meant is null ? "add it" : $"did you mean it by '{meant.Key}' ({Short(meant.KeyPlace)})?";
            if (meant is not null)
            {
                unknown.Remove(meant);
            }

            add(places.Find("call", "arguments"), node is null ? "call" : Path, $"{tool.Name} requires '{name}'{types}; {remedy}");
        }
    }

    private void Unknown(ArgumentRules rules, ConfigNode? node, List<ConfigEntry> unknown)
    {
        if (!rules.IsClosed)
        {
            return;
        }

        foreach (var entry in unknown)
        {
            string[] free = [.. rules.Types.Keys.Where(k => node!.Find(k) is null)];
            var remedy = free.Length == 0 ? "remove it" : ToolCheck.Instead(entry.Key, free);
            add(entry.KeyPlace, MapReader.Join(Path, entry.Key), $"{tool.Name} takes no '{entry.Key}'; {remedy}");
        }
    }

    private void Constants(ArgumentRules rules, ConfigNode? node)
    {
        foreach (var (key, _, value) in node?.Entries ?? [])
        {
            if (rules.Types.GetValueOrDefault(key) is { Count: > 0 } wanted && !TemplateReader.IsLone(value))
            {
                var (type, isWhole) = TypeOf(value);
                var fits = wanted.Contains(type) || (type == "integer" && wanted.Contains("number")) || (isWhole && wanted.Contains("integer"));
                if (!fits)
                {
                    add(value.Place, MapReader.Join(Path, key), $"{tool.Name} asks for {Words(wanted)}, and this is {type}; {Remedy(type)}");
                }
            }
        }
    }

    private static string Remedy(string type) => type == "string"
        ? "write it without quotes, or as one \"{{column}}\" alone, which takes the type that is asked for"
        : "give a value of that type";

    /// <summary>The JSON type of a value that is not one column alone, and whether it is a whole number that is written with a fraction or exponent.</summary>
    private static (string Type, bool IsWhole) TypeOf(ConfigNode value)
    {
        if (value.Kind != ConfigKind.Scalar)
        {
            return (value.Kind == ConfigKind.Map ? "object" : "array", false);
        }

        using var templates = new TemplateReader(null, new ProblemList());
        var template = templates.Value(value, "");
        if (!template.IsConstant)
        {
            // Columns within a text.
            return ("string", false);
        }

        using var json = new ByteBuffer(64);
        template.Fill(json, [], [], []);
        switch (json.Span[0])
        {
            case (byte)'"':
                return ("string", false);
            case (byte)'t' or (byte)'f':
                return ("boolean", false);
            case (byte)'n':
                return ("null", false);
            default:
                var isInteger = !json.Span.ContainsAny((byte)'.', (byte)'e', (byte)'E');
                using (var number = JsonDocument.Parse(json.Memory))
                {
                    // What a double cannot hold is not judged.
                    var isWhole = !number.RootElement.TryGetDouble(out var d) || !double.IsFinite(d) || Math.Floor(d) == d;
                    return (isInteger ? "integer" : "number", isWhole);
                }
        }
    }

    private static string Words(IReadOnlyList<string> types) => string.Join(" or ", types);

    /// <summary>Line and column, of a place in a file.</summary>
    private static string Short(string place) =>
        place.Split(':') is [.., var line, var column] && int.TryParse(line, out _) && int.TryParse(column, out _) ? $"{line}:{column}" : place;
}

/// <summary>What an input schema says of a tool's arguments, as far as it is surely read.</summary>
/// <param name="Types">The known arguments, and the types that each may have; empty = any, or not understood.</param>
/// <param name="Required">The arguments that must be there.</param>
/// <param name="IsClosed">Whether no others may be there.</param>
internal sealed record ArgumentRules(IReadOnlyDictionary<string, IReadOnlyList<string>> Types, IReadOnlyList<string> Required, bool IsClosed)
{
    private static readonly string[] TypeNames = ["string", "integer", "number", "boolean", "object", "array", "null"];

    /// <summary>Keywords that may allow members which <c>properties</c> does not name, or are often meant to.</summary>
    private static readonly string[] Opening = ["patternProperties", "allOf", "anyOf", "oneOf", "if", "dependentSchemas", "$dynamicRef"];

    /// <summary>Null if nothing is sure. Beside a reference the other keywords count in some drafts only.</summary>
    public static ArgumentRules? Read(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object || schema.TryGetProperty("$ref", out _))
        {
            return null;
        }

        var types = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in properties.EnumerateObject())
            {
                types[property.Name] = TypesOf(property.Value);
            }
        }

        string[] required = schema.TryGetProperty("required", out var names) && names.ValueKind == JsonValueKind.Array
            ? [.. names.EnumerateArray().Where(static n => n.ValueKind == JsonValueKind.String).Select(static n => n.GetString()!).Distinct()]
            : [];
        var isClosed = schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.False
            && !Array.Exists(Opening, o => schema.TryGetProperty(o, out _));
        return new ArgumentRules(types, required, isClosed);
    }

    private static string[] TypesOf(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object || schema.TryGetProperty("$ref", out _) || !schema.TryGetProperty("type", out var type))
        {
            return [];
        }

        JsonElement[] words = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray()] : [type];
        if (!Array.TrueForAll(words, static w => w.ValueKind == JsonValueKind.String && TypeNames.Contains(w.GetString())))
        {
            return [];
        }

        // A word of OpenAPI, which finds its way into tools' schemas.
        var isNullable = schema.TryGetProperty("nullable", out var nullable) && nullable.ValueKind == JsonValueKind.True;
        string[] named = [.. words.Select(static w => w.GetString()!), .. isNullable ? ["null"] : Array.Empty<string>()];
        return [.. named.Distinct()];
    }
}
