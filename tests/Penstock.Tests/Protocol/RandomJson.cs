using System.Globalization;
using System.Text;

namespace Penstock.Tests.Protocol;

/// <summary>Well-formed JSON of every kind, from a seed, with whitespace and escapes wherever the grammar lets them stand.</summary>
internal sealed class RandomJson(Random random)
{
    private static readonly string[] Whitespace = ["", "", "", "", " ", "\t", "  ", "\r", " \t "];

    private static readonly string[] Numbers =
        ["0", "-0", "7", "-12", "1.5", "0.0", "1e3", "-2E-7", "12e+2", "9007199254740991", "9223372036854775807", "9223372036854775808", "1.0"];

    private static readonly string[] Pieces =
        ["a", "id", "\"id\":", "method", "{", "}", "[", "]", ",", ":", "\\", "\"", "/", "\n", "\t", "é", "名前", "\U0001F600", "\u007f", "\u0001", "a long run of plain text"];

    public string Space() => Pick(Whitespace);

    public T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    public bool Chance(int percent) => random.Next(100) < percent;

    public string Value(int depth) => random.Next(depth > 0 ? 7 : 5) switch
    {
        0 => Pick(Numbers),
        1 => "true",
        2 => "false",
        3 => "null",
        4 => Text(),
        5 => Array(depth - 1),
        _ => Object(depth - 1),
    };

    public string Array(int depth) =>
        $"[{Space()}{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Space() + Value(depth) + Space()))}]";

    public string Object(int depth) =>
        Object(Enumerable.Range(0, random.Next(4)).Select(_ => (Chance(30) ? Pick(["id", "method", "result", "isError"]) : Content(), Value(depth))));

    public string Object(IEnumerable<(string Name, string Value)> members) =>
        $"{{{Space()}{string.Join(',', members.Select(m => Space() + Text(m.Name) + Space() + ':' + Space() + m.Value + Space()))}}}";

    public string Text() => Text(Content());

    public string Text(string content)
    {
        var escapeAll = Chance(5);
        var text = new StringBuilder("\"");
        foreach (var rune in content.EnumerateRunes())
        {
            if (escapeAll || Chance(2))
            {
                // Both halves of a pair or none: System.Text.Json throws at names with a lone one, and is no oracle then.
                foreach (var c in rune.ToString())
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                }
            }
            else
            {
                text.Append(rune.Value switch
                {
                    '"' => "\\\"",
                    '\\' => "\\\\",
                    '\n' => "\\n",
                    '\t' => "\\t",
                    '/' when Chance(50) => "\\/",
                    < ' ' => $"\\u{rune.Value:X4}",
                    _ => rune.ToString(),
                });
            }
        }

        return text.Append('"').ToString();
    }

    /// <summary>A JSON-RPC message, or nearly one: members in any order, some twice, some null, strangers among them.</summary>
    public string Message()
    {
        var members = new List<(string Name, string Value)>();
        if (!Chance(4))
        {
            members.Add(("jsonrpc", Chance(97) ? "\"2.0\"" : Pick(["2.0", "\"1.0\"", "null"])));
        }

        Add(85, "id", () => Chance(75) ? random.NextInt64(-5, long.MaxValue).ToString(CultureInfo.InvariantCulture) : Value(1));
        Add(10, "id", () => Pick(["1", "null", "\"x\"", "1.0"]));
        Add(20, "method", () => Chance(85) ? Text(Pick(["ping", "notifications/progress", Content()])) : "null");
        Add(20, "params", () => Value(3));
        Add(70, "result", () => Chance(85) ? Result() : Value(1));
        Add(5, "result", Result);
        Add(20, "error", () => Chance(70) ? Object([("code", Pick(Numbers)), ("message", Text()), ("data", Value(2))]) : Value(1));
        Add(40, Content(), () => Value(3));

        var order = members.ToArray();
        random.Shuffle(order);
        return Space() + Object(order) + Space();

        void Add(int percent, string name, Func<string> value)
        {
            if (Chance(percent))
            {
                members.Add((name, value()));
            }
        }
    }

    public string Result()
    {
        var members = new List<(string Name, string Value)> { ("content", Array(3)) };
        if (Chance(50))
        {
            members.Add(("isError", Pick(["true", "false", "null", "\"true\""])));
        }

        for (var i = random.Next(3); i > 0; i--)
        {
            members.Add(("resultType", Chance(80) ? Text(Pick(["complete", "input_required", "task", "other"])) : Value(1)));
        }

        if (Chance(50))
        {
            members.Add(("structuredContent", Object(3)));
        }

        var order = members.ToArray();
        random.Shuffle(order);
        return Object(order);
    }

    /// <summary>The same bytes with one to three accidents.</summary>
    public byte[] Mutate(byte[] json)
    {
        var bytes = new List<byte>(json);
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = random.Next(bytes.Count + 1);
            var accident = Chance(70) ? (byte)Pick("\"\\{}[],: \t\n0123456789.eE+-tfnu/\u0000\u001f") : (byte)random.Next(256);
            switch (random.Next(4))
            {
                case 0:
                    bytes.Insert(at, accident);
                    break;
                case 1 when at < bytes.Count:
                    bytes.RemoveAt(at);
                    break;
                case 2 when at < bytes.Count:
                    bytes[at] = accident;
                    break;
                case 3 when Chance(20):
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }

    private char Pick(string characters) => characters[random.Next(characters.Length)];

    private string Content() => string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => Pick<string>(Pieces)));
}
