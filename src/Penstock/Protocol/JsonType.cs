using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>The types of JSON Schema.</summary>
[Flags]
internal enum JsonTypes : byte
{
    None = 0,
    String = 1,
    Integer = 2,
    Number = 4,
    Boolean = 8,
    Object = 16,
    Array = 32,
    Null = 64,
}

/// <summary>Which of them a value has, and what they are called.</summary>
internal static class JsonType
{
    private static readonly (JsonTypes Type, string Name)[] Names =
    [
        (JsonTypes.String, "string"), (JsonTypes.Integer, "integer"), (JsonTypes.Number, "number"), (JsonTypes.Boolean, "boolean"),
        (JsonTypes.Object, "object"), (JsonTypes.Array, "array"), (JsonTypes.Null, "null"),
    ];

    /// <summary>The types that a schema's word allows: an integer is a number. None = the word is not known.</summary>
    public static JsonTypes Named(JsonElement word)
    {
        if (word.ValueKind != JsonValueKind.String)
        {
            return JsonTypes.None;
        }

        try
        {
            var type = Names.FirstOrDefault(n => word.ValueEquals(n.Name)).Type;
            return type == JsonTypes.Number ? JsonTypes.Number | JsonTypes.Integer : type;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: no text, and so no word that is known.
            return JsonTypes.None;
        }
    }

    /// <summary>The type of a well-formed value by its first byte; a number without point and exponent is an integer.</summary>
    public static JsonTypes Of(ReadOnlySpan<byte> value) => value[0] switch
    {
        (byte)'"' => JsonTypes.String,
        (byte)'{' => JsonTypes.Object,
        (byte)'[' => JsonTypes.Array,
        (byte)'t' or (byte)'f' => JsonTypes.Boolean,
        (byte)'n' => JsonTypes.Null,
        _ => value.ContainsAny((byte)'.', (byte)'e', (byte)'E') ? JsonTypes.Number : JsonTypes.Integer,
    };

    /// <summary>The names, with "or" between them.</summary>
    public static string Words(JsonTypes types)
    {
        var isNumber = types.HasFlag(JsonTypes.Number);
        return string.Join(" or ", Names.Where(n => types.HasFlag(n.Type) && !(isNumber && n.Type == JsonTypes.Integer)).Select(static n => n.Name));
    }
}
