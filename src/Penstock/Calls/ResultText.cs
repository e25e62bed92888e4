using System.Text;
using System.Text.Json;

namespace Penstock.Calls;

/// <summary>The words in a result, for people. Not on the hot path.</summary>
internal static class ResultText
{
    public static string Read(ReadOnlySpan<byte> content, bool isJson)
    {
        if (!isJson)
        {
            return Encoding.UTF8.GetString(content);
        }

        try
        {
            var reader = new Utf8JsonReader(content);
            using var document = JsonDocument.ParseValue(ref reader);
            return Read(document.RootElement) ?? Encoding.UTF8.GetString(content);
        }
        catch (JsonException)
        {
            return Encoding.UTF8.GetString(content);
        }
    }

    private static string? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (root.TryGetProperty("content", out var blocks) && blocks.ValueKind == JsonValueKind.Array)
        {
            var texts = blocks.EnumerateArray()
                .Where(static b => b.ValueKind == JsonValueKind.Object && b.TryGetProperty("text", out var t) && t.ValueKind == JsonValueKind.String)
                .Select(static b => b.GetProperty("text").GetString());
            return string.Join('\n', texts);
        }

        return root.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String ? message.GetString() : null;
    }
}
