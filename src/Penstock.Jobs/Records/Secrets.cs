using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Penstock.Jobs.Records;

/// <summary>Values that must not appear in messages.</summary>
internal sealed class Secrets
{
    /// <summary>Shorter values are found in every second word, and protect nothing.</summary>
    private const int MinLength = 6;

    private readonly HashSet<string> _values = new(StringComparer.Ordinal);

    public string? Keep(string? value)
    {
        if (value is { Length: >= MinLength })
        {
            _values.Add(value);
        }

        return value;
    }

    /// <summary>Text of JSON: a secret may be spelled with escapes there.</summary>
    public ReadOnlySpan<byte> Redact(ReadOnlySpan<byte> json)
    {
        if (_values.Count == 0)
        {
            return json;
        }

        var text = Encoding.UTF8.GetString(json);
        var redacted = Redact(text);
        foreach (var value in _values.OrderByDescending(static v => v.Length))
        {
            redacted = redacted.Replace(JsonEncodedText.Encode(value).Value, "***", StringComparison.Ordinal)
                .Replace(JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value, "***", StringComparison.Ordinal);
        }

        return redacted == text ? json : Encoding.UTF8.GetBytes(redacted);
    }

    public string Redact(string text)
    {
        if (_values.Count == 0)
        {
            return text;
        }

        // The longest first: a secret may be part of another.
        foreach (var value in _values.OrderByDescending(static v => v.Length))
        {
            text = text.Replace(value, "***", StringComparison.Ordinal);
        }

        return text;
    }
}
