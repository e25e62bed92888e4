namespace Penstock.Cli.Servers;

/// <summary>A name for a server that is known by its command alone. Pure.</summary>
internal static class ServerName
{
    private const string Otherwise = "server";

    /// <summary>Words before the package that say how it is run.</summary>
    private static readonly string[] Runners = ["npx", "npm", "uvx", "uv", "bunx", "bun", "pnpm", "node", "python", "python3", "dotnet", "deno", "docker", "exec", "run", "dlx", "tool", "sh", "bash", "env"];

    /// <summary>From the package's or the program's name, without the words around it that all servers have.</summary>
    public static string Of(IReadOnlyList<string> words)
    {
        var program = words.FirstOrDefault(static w => w.Length > 0 && w[0] != '-' && !Runners.Contains(Path.GetFileName(w)));
        if (program is null)
        {
            return Otherwise;
        }

        var name = Path.GetFileName(program);
        if (name == "penstock" && words.Contains("mock"))
        {
            return "mock";
        }

        name = name.LastIndexOf('@') is > 0 and var version ? name[..version] : name;
        name = Path.GetExtension(name) is ".js" or ".mjs" or ".cjs" or ".ts" or ".py" or ".dll" or ".exe" ? Path.GetFileNameWithoutExtension(name) : name;
        string[] parts = [.. name.Split('-', '_').Where(static p => p is not ("server" or "mcp" or ""))];
        var joined = string.Concat(string.Join('-', parts).Where(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-')).Trim('-', '.');
        return joined.Length is > 0 and <= 128 ? joined : Otherwise;
    }
}
