using System.Text;
using System.Text.Json;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

/// <summary>What the schema refuses is what a naive check over documents refuses.</summary>
public sealed class ArgumentSchemaProperties
{
    private static readonly string[] Names = ["a", "b", "", "é", "名前", "a/b", "m~n", "\"", "long enough for a vector of bytes"];

    private static readonly string[] Types = ["string", "number", "integer", "boolean", "object", "array", "null", "any"];

    [Fact]
    public void FindMisfit_AnySchemaAndArguments_AgreesWithDocuments() => Seeds.Check(4000, static random =>
    {
        var json = new RandomJson(random);
        var schema = Schema(json, random);
        var members = Enumerable.Range(0, random.Next(6)).Select(_ => (json.Pick(Names), json.Value(2))).ToList();
        var arguments = json.Space() + json.Object(members) + json.Space();

        var misfit = ArgumentSchema.Compile(Encoding.UTF8.GetBytes(schema))?.FindMisfit(Encoding.UTF8.GetBytes(arguments));

        using var schemaDocument = JsonDocument.Parse(schema);
        using var argumentsDocument = JsonDocument.Parse(arguments);
        var expected = Misfits(schemaDocument.RootElement, argumentsDocument.RootElement);
        Assert.True(misfit is null ? expected.Count == 0 : expected.Contains(misfit), $"{schema}\n{arguments}\n{misfit}\nnot of: {string.Join('\n', expected)}");
    });

    [Fact]
    public void FindMisfit_AnyBytes_NeverThrows() => Seeds.Check(4000, static random =>
    {
        var json = new RandomJson(random);
        var schema = json.Chance(50) ? json.Mutate(Encoding.UTF8.GetBytes(Schema(json, random))) : Encoding.UTF8.GetBytes(Schema(json, random));
        var arguments = json.Mutate(Encoding.UTF8.GetBytes(json.Object(3)));
        ArgumentSchema.Compile(schema)?.FindMisfit(arguments);
    });

    [Fact]
    public void FindMisfit_ArgumentsThatFit_AllocateNothing()
    {
        var schema = ArgumentSchema.Compile("""{"required":["q","ø"],"properties":{"q":{"type":"string"},"n":{"type":["integer","null"]}}}"""u8)!;
        var arguments = """{"q":"Oslo","n":1.0,"\u00f8":{"x":[1,2]},"other":null}"""u8.ToArray();
        var misfits = 0;

        Assert.Equal(0, Allocated.InQuietestRound(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                misfits += schema.FindMisfit(arguments) is null ? 0 : 1;
            }
        }));
        Assert.Equal(0, misfits);
    }

    private static string Schema(RandomJson json, Random random)
    {
        var properties = Names.Where(_ => json.Chance(40)).Select(n => (n, json.Chance(10) ? json.Value(1) : json.Object(Property(json, random))));
        List<(string, string)> members = [("type", "\"object\"")];
        if (json.Chance(80))
        {
            members.Add(("properties", json.Chance(5) ? json.Value(1) : json.Object(properties)));
        }

        if (json.Chance(70))
        {
            members.Add(("required", json.Chance(5) ? json.Value(1) : $"[{string.Join(',', Names.Where(_ => json.Chance(25)).Select(json.Text))}]"));
        }

        if (json.Chance(4))
        {
            members.Add(("$ref", "\"#/x\""));
        }

        return json.Object(members);
    }

    private static IEnumerable<(string, string)> Property(RandomJson json, Random random)
    {
        if (json.Chance(80))
        {
            yield return ("type", json.Chance(60) ? json.Text(json.Pick(Types))
                : json.Chance(80) ? $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => json.Text(json.Pick(Types))))}]"
                : json.Value(1));
        }

        if (json.Chance(10))
        {
            yield return json.Chance(50) ? ("$ref", "\"#/x\"") : ("nullable", json.Chance(70) ? "true" : "\"yes\"");
        }
    }

    /// <summary>Every sentence that would be right.</summary>
    private static List<string> Misfits(JsonElement schema, JsonElement arguments)
    {
        var misfits = new List<string>();
        if (schema.TryGetProperty("$ref", out _))
        {
            return misfits;
        }

        if (schema.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.Array)
        {
            misfits.AddRange(required.EnumerateArray()
                .Where(r => r.ValueKind == JsonValueKind.String && !arguments.TryGetProperty(r.GetString()!, out _))
                .Select(static r => $"/{Pointer(r.GetString()!)} is required by the tool's schema"));
        }

        foreach (var member in arguments.EnumerateObject().GroupBy(static m => m.Name).Select(static g => g.Last()))
        {
            if (schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
                && properties.TryGetProperty(member.Name, out var property) && property.ValueKind == JsonValueKind.Object
                && !property.TryGetProperty("$ref", out _) && property.TryGetProperty("type", out var type))
            {
                List<JsonElement> types = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray()] : [type];
                var names = types.Where(static t => t.ValueKind == JsonValueKind.String && t.GetString() != "any" && Types.Contains(t.GetString())).Select(static t => t.GetString()!).ToHashSet();
                if (names.Count == 0 || types.Exists(t => t.ValueKind != JsonValueKind.String || !names.Contains(t.GetString()!)))
                {
                    continue;
                }

                if (property.TryGetProperty("nullable", out var nullable) && nullable.ValueKind == JsonValueKind.True)
                {
                    names.Add("null");
                }

                if (!names.Any(n => Is(member.Value, n)))
                {
                    string[] order = ["string", "integer", "number", "boolean", "object", "array", "null"];
                    var words = order.Where(n => names.Contains(n) && !(n == "integer" && names.Contains("number")));
                    var kind = order.First(n => Is(member.Value, n) && (n != "integer" || !member.Value.GetRawText().AsSpan().ContainsAny(".eE")));
                    misfits.Add($"/{Pointer(member.Name)} must be {string.Join(" or ", words)}, is {kind}");
                }
            }
        }

        return misfits;
    }

    private static string Pointer(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static bool Is(JsonElement value, string type) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && Math.Floor(number) == number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        _ => value.ValueKind == JsonValueKind.Null,
    };
}
