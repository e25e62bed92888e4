using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>Reads replies that come once per connection or page, by way of a document. What is hostile in them is not there.</summary>
internal static class ReplyDocument
{
    /// <summary>Parses an object; null if the bytes are none. The document owns a copy.</summary>
    public static JsonDocument? ParseObject(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind == JsonValueKind.Object && JsonScanner.IsEnd(json, (int)reader.BytesConsumed))
            {
                return document;
            }

            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static bool TryGet(JsonElement element, string name, out JsonElement member)
    {
        member = default;
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out member);
        }
        catch (InvalidOperationException)
        {
            // A neighbour's name is escaped into half a surrogate pair: looking past it throws.
            return false;
        }
    }

    /// <summary>The member's text; false if it is no string, or one that no string can hold (half a surrogate pair, bad UTF-8).</summary>
    public static bool TryGetText(JsonElement element, string name, [NotNullWhen(true)] out string? text)
    {
        text = null;
        return TryGet(element, name, out var member) && TryGetText(member, out text);
    }

    /// <inheritdoc cref="TryGetText(JsonElement, string, out string?)"/>
    public static bool TryGetText(JsonElement element, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (element.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            text = element.GetString();
        }
        catch (InvalidOperationException)
        {
            // The one way that System.Text.Json tells it.
        }

        return text is not null;
    }

    public static string? GetText(JsonElement element, string name) => TryGetText(element, name, out var text) ? text : null;

    public static bool TryGetObject(JsonElement element, string name, out JsonElement member) =>
        TryGet(element, name, out member) && member.ValueKind == JsonValueKind.Object;

    public static bool IsTrue(JsonElement element, string name) =>
        TryGet(element, name, out var member) && member.ValueKind == JsonValueKind.True;

    /// <summary>The texts of an array; what is no text is left out.</summary>
    public static IReadOnlyList<string> GetTexts(JsonElement element, string name)
    {
        var texts = new List<string>();
        if (TryGet(element, name, out var array) && array.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in array.EnumerateArray())
            {
                if (TryGetText(item, out var text))
                {
                    texts.Add(text);
                }
            }
        }

        return texts;
    }

    /// <summary>The element as it was written, byte for byte.</summary>
    public static byte[] GetBytes(JsonElement element) => JsonMarshal.GetRawUtf8Value(element).ToArray();
}
