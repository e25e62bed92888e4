using System.Text.Json;

namespace Penstock.Jobs.Bytes;

/// <summary>References within a JSON Schema (<c>$ref</c>). Pure.</summary>
internal static class SchemaReference
{
    /// <summary>What a reference leads to: an RFC 6901 pointer behind the number sign. Null if it leads out of the schema, or nowhere.</summary>
    public static JsonElement? Find(JsonElement root, string reference)
    {
        if (!reference.StartsWith('#'))
        {
            return null;
        }

        var target = root;
        foreach (var token in reference[1..].Split('/').Skip(1))
        {
            var name = Uri.UnescapeDataString(token).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (target.ValueKind != JsonValueKind.Object || !target.TryGetProperty(name, out target))
            {
                return null;
            }
        }

        return target;
    }
}
