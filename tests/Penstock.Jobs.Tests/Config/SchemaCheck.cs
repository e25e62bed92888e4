using System.Text.Json;
using System.Text.RegularExpressions;

namespace Penstock.Jobs.Tests.Config;

/// <summary>Checks JSON against the part of JSON Schema that the job file's schema uses; any other keyword throws, so that none goes unchecked.</summary>
internal sealed class SchemaCheck
{
    private static readonly string[] Annotations = ["$schema", "$defs", "$comment", "title", "description", "default", "examples"];

    private readonly JsonElement _root;

    public SchemaCheck(string schema)
    {
        using var document = JsonDocument.Parse(schema);
        _root = document.RootElement.Clone();
    }

    public bool IsValid(string json)
    {
        using var document = JsonDocument.Parse(json);
        return IsValid(_root, document.RootElement);
    }

    private bool IsValid(JsonElement schema, JsonElement value) => schema.EnumerateObject().All(keyword => Holds(schema, keyword, value));

    private bool Holds(JsonElement schema, JsonProperty keyword, JsonElement value)
    {
        var (isText, isNumber, isMap) = (value.ValueKind == JsonValueKind.String, value.ValueKind == JsonValueKind.Number, value.ValueKind == JsonValueKind.Object);
        var says = keyword.Value;
        return keyword.Name switch
        {
            "type" => says.ValueKind == JsonValueKind.Array ? says.EnumerateArray().Any(t => IsA(t.GetString()!, value)) : IsA(says.GetString()!, value),
            "const" => JsonElement.DeepEquals(says, value),
            "enum" => says.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value)),
            "minimum" => !isNumber || value.GetDouble() >= says.GetDouble(),
            "maximum" => !isNumber || value.GetDouble() <= says.GetDouble(),
            "minLength" => !isText || value.GetString()!.Length >= says.GetInt32(),
            "pattern" => !isText || Regex.IsMatch(value.GetString()!, says.GetString()!),
            "minProperties" => !isMap || value.EnumerateObject().Count() >= says.GetInt32(),
            "required" => !isMap || says.EnumerateArray().All(k => value.TryGetProperty(k.GetString()!, out _)),
            "properties" => !isMap || says.EnumerateObject().All(p => !value.TryGetProperty(p.Name, out var member) || IsValid(p.Value, member)),
            "propertyNames" => !isMap || value.EnumerateObject().All(p => Regex.IsMatch(p.Name, says.GetProperty("pattern").GetString()!)),
            "additionalProperties" => !isMap || value.EnumerateObject().All(p => IsNamed(schema, p.Name) || (says.ValueKind == JsonValueKind.Object && IsValid(says, p.Value))),
            "items" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(i => IsValid(says, i)),
            "oneOf" => says.EnumerateArray().Count(s => IsValid(s, value)) == 1,
            "not" => !IsValid(says, value),
            "$ref" => IsValid(Referred(says.GetString()!), value),
            var other when Annotations.Contains(other) => true,
            var other => throw new NotSupportedException($"the schema uses '{other}', which nothing here checks"),
        };
    }

    private JsonElement Referred(string reference) => reference["#/".Length..].Split('/').Aggregate(_root, static (at, key) => at.GetProperty(key));

    private static bool IsNamed(JsonElement schema, string name) => schema.TryGetProperty("properties", out var named) && named.TryGetProperty(name, out _);

    private static bool IsA(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => throw new NotSupportedException($"type '{type}'"),
    };
}
