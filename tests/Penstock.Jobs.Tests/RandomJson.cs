namespace Penstock.Jobs.Tests;

/// <summary>Well-formed JSON as no two servers write it: space between tokens, escapes, names that are given twice.</summary>
internal static class RandomJson
{
    private static readonly string[] Names =
        ["a", "b", "", "0", "1", "01", "-", "a/b", "m~n", "ø", "a\\/b", "\\u0061", "\\ud83d\\ude00", "q\\\"", "m\\u007en"];

    private static readonly string[] Strings =
        ["", "x", "ø", "漢😀", "a,b", "\\\"q\\\"", "\\r\\n", "\\t;", "\\\\", "}]{[", "\\u00e9", "\\ud83d\\ude00", "'", "\\b\\f\\/", "null"];

    public static string Value(Random random, int depth = 4)
    {
        var space = random.Pick("", "", "", " ", "\n", " \t\r\n");
        var value = depth == 0 ? random.Next(2, 8) : random.Next(8);
        return space + (value switch
        {
            0 => Object(random, depth - 1),
            1 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1)))}{space}]",
            2 => "null",
            3 => random.Pick("true", "false"),
            4 => random.Pick("0", "-1", "1.50", "2e3", "-0.0E-7"),
            _ => $"\"{random.Pick(Strings)}\"",
        }) + space;
    }

    public static string Object(Random random, int depth = 3) =>
        $"{{{string.Join(',', Enumerable.Range(0, random.Next(5)).Select(_ => $"{random.Pick("", " ")}\"{random.Pick(Names)}\"{random.Pick("", " ")}:{Value(random, depth)}"))}}}";
}
