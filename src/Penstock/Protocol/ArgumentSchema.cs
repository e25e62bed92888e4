using System.Buffers.Text;
using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>
/// The part of a tool's input schema that is checked before a call is sent: which members must be there, and of what type each is. What else a
/// schema says is not understood and refuses nothing, since a call that is refused wrongly is worse than one that the server refuses.
/// Immutable; nothing on the heap for arguments that fit.
/// </summary>
internal sealed class ArgumentSchema
{
    /// <summary>Required members beyond this many are not looked for: a bit for each lies on the stack.</summary>
    private const int MaxRequired = 256;

    private readonly Rule[] _rules;

    private ArgumentSchema(Rule[] rules) => _rules = rules;

    /// <summary>Reads a schema.</summary>
    /// <returns>Null if nothing in it is to be checked.</returns>
    public static ArgumentSchema? Compile(ReadOnlySpan<byte> schema)
    {
        using var document = ReplyDocument.ParseObject(schema);
        if (document is null || IsReference(document.RootElement))
        {
            return null;
        }

        var types = new Dictionary<string, JsonTypes>(StringComparer.Ordinal);
        if (ReplyDocument.TryGetObject(document.RootElement, "properties", out var properties))
        {
            foreach (var property in properties.EnumerateObject())
            {
                if (TryGetName(property, out var name))
                {
                    types[name] = TypesOf(property.Value);
                }
            }
        }

        var required = ReplyDocument.GetTexts(document.RootElement, "required").Take(MaxRequired).ToHashSet(StringComparer.Ordinal);
        var next = 0;
        Rule[] rules = [.. types
            .Where(t => t.Value != JsonTypes.None || required.Contains(t.Key))
            .Concat(required.Where(r => !types.ContainsKey(r)).Select(static r => KeyValuePair.Create(r, JsonTypes.None)))
            .Where(static t => ToolCallTemplate.CanName(t.Key))
            .Select(t => new Rule(t.Key, t.Value, required.Contains(t.Key) ? next++ : -1))];
        return rules.Length == 0 ? null : new ArgumentSchema(rules);
    }

    /// <summary>Looks for what the schema refuses.</summary>
    /// <param name="arguments">One JSON object; empty = <c>{}</c>. What is none is not judged here.</param>
    /// <returns>Null, or what is wrong, with a JSON pointer.</returns>
    public string? FindMisfit(ReadOnlySpan<byte> arguments)
    {
        Span<ulong> seen = stackalloc ulong[MaxRequired / 64];
        seen.Clear();
        if (!arguments.IsEmpty)
        {
            var cursor = JsonCursor.OverObject(arguments, 0, JsonScanner.MaxDepth);
            var next = 0;
            while (cursor.TryMoveNext())
            {
                var found = Find(cursor.Name, next);
                if (!cursor.TrySkipValue(out var range))
                {
                    return null;
                }

                if (found < 0)
                {
                    continue;
                }

                // Most callers keep the order of the schema.
                next = found + 1;
                ref readonly var rule = ref _rules[found];
                if (rule.Required >= 0)
                {
                    seen[rule.Required >> 6] |= 1UL << (rule.Required & 63);
                }

                var value = range.Of(arguments);
                if (rule.Types != JsonTypes.None && (rule.Types & JsonType.Of(value)) == 0 && ((rule.Types & JsonTypes.Integer) == 0 || !IsWhole(value)) && !ComesAgain(cursor, found))
                {
                    return $"/{Escape(rule.Name)} must be {JsonType.Words(rule.Types)}, is {JsonType.Words(JsonType.Of(value))}";
                }
            }

            if (!cursor.IsClosed)
            {
                return null;
            }
        }

        foreach (ref readonly var rule in _rules.AsSpan())
        {
            if (rule.Required >= 0 && (seen[rule.Required >> 6] & (1UL << (rule.Required & 63))) == 0)
            {
                return $"/{Escape(rule.Name)} is required by the tool's schema";
            }
        }

        return null;
    }

    /// <summary>Beside a reference the other keywords count in some drafts only.</summary>
    private static bool IsReference(JsonElement schema) => ReplyDocument.TryGet(schema, "$ref", out _);

    /// <summary>None = any, or not understood.</summary>
    private static JsonTypes TypesOf(JsonElement schema)
    {
        if (IsReference(schema) || !ReplyDocument.TryGet(schema, "type", out var type))
        {
            return JsonTypes.None;
        }

        var types = JsonTypes.None;
        if (type.ValueKind == JsonValueKind.Array)
        {
            foreach (var one in type.EnumerateArray())
            {
                var named = JsonType.Named(one);
                if (named == JsonTypes.None)
                {
                    return named;
                }

                types |= named;
            }
        }
        else
        {
            types = JsonType.Named(type);
        }

        // A word of OpenAPI, which finds its way into tools' schemas.
        return types != JsonTypes.None && ReplyDocument.IsTrue(schema, "nullable") ? types | JsonTypes.Null : types;
    }

    private static bool TryGetName(JsonProperty property, out string name)
    {
        try
        {
            name = property.Name;
            return true;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair.
            name = "";
            return false;
        }
    }

    /// <summary>Whether a number without a fraction is written as one that might have one: <c>1.0</c> is an integer to JSON Schema.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> value) =>
        JsonType.Of(value) == JsonTypes.Number
        && (!Utf8Parser.TryParse(value, out double number, out _) || !double.IsFinite(number) || Math.Floor(number) == number);

    private static string Escape(byte[] name) =>
        System.Text.Encoding.UTF8.GetString(name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>Of a name that comes twice most readers take the last value.</summary>
    private bool ComesAgain(JsonCursor cursor, int rule)
    {
        while (cursor.TryMoveNext())
        {
            if (Find(cursor.Name, rule) == rule)
            {
                return true;
            }

            if (!cursor.TrySkipValue(out _))
            {
                return false;
            }
        }

        return false;
    }

    private int Find(ReadOnlySpan<byte> name, int from)
    {
        if (name.Contains((byte)'\\'))
        {
            return FindEscaped(name);
        }

        for (var i = 0; i < _rules.Length; i++)
        {
            var at = from + i < _rules.Length ? from + i : from + i - _rules.Length;
            if (name.SequenceEqual(_rules[at].Name))
            {
                return at;
            }
        }

        return -1;
    }

    private int FindEscaped(ReadOnlySpan<byte> name)
    {
        Span<byte> text = name.Length <= 254 ? stackalloc byte[256] : new byte[name.Length + 2];
        text = text[..(name.Length + 2)];
        name.CopyTo(text[1..]);
        text[0] = text[^1] = (byte)'"';
        try
        {
            var reader = new Utf8JsonReader(text);
            reader.Read();
            for (var i = 0; i < _rules.Length; i++)
            {
                if (reader.ValueTextEquals(_rules[i].Name))
                {
                    return i;
                }
            }
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException)
        {
            // Half a surrogate pair: no name of a schema.
        }

        return -1;
    }

    /// <param name="Name">The member's name.</param>
    /// <param name="Types">The types that it may have; none = any.</param>
    /// <param name="Required">The bit of a member that must be there; -1 = it need not.</param>
    private readonly record struct Rule(byte[] Name, JsonTypes Types, int Required)
    {
        public Rule(string name, JsonTypes types, int required)
            : this(System.Text.Encoding.UTF8.GetBytes(name), types, required)
        {
        }
    }
}
