using Penstock.Tests.EndToEnd;

namespace Penstock.Cli.Tests.EndToEnd;

/// <summary>The npm servers of the end-to-end tests.</summary>
internal static class RealServer
{
    public const string Package = "@modelcontextprotocol/server-everything";

    /// <summary>Whether the tests run at full length.</summary>
    public static bool IsLong => Environment.GetEnvironmentVariable("PENSTOCK_LONG_TESTS") == "1";

    /// <summary>The script that node runs.</summary>
    public static string Script { get; } = Path.Combine(NpmPackages.Folder ?? "", ".bin", "mcp-server-everything");

    /// <summary>A row as a line; which rows are wrong, and how, depends on its number alone.</summary>
    public static string Row(int i) => i switch
    {
        _ when IsWrong(i) && i % 100 == 0 => $$$"""{"custom_id":"r{{{i}}}","tool":"e/get-sum","arguments":{"a":"no number","b":{{{i}}}}}""",
        _ when IsWrong(i) => $$$"""{"custom_id":"r{{{i}}}","tool":"e/echo","arguments":{"message":"never closed}""",
        _ when i % 2 == 0 => $$$"""{"custom_id":"r{{{i}}}","tool":"e/get-sum","arguments":{"a":{{{i}}},"b":1}}""",
        _ => $$$"""{"custom_id":"r{{{i}}}","tool":"e/echo","arguments":{"message":"{{{Message(i)}}}"}}""",
    };

    public static bool IsWrong(int i) => i % 50 == 0;

    /// <summary>As it stands in the row: escapes and all.</summary>
    public static string Message(int i) => $"Tromsø 漢字 \\u00e9 \\\"{i}\\\" \\\\ \\n 😀 \\u2028";

    public static void WriteRows(string path, int count) => File.WriteAllLines(path, Enumerable.Range(0, count).Select(Row));
}
