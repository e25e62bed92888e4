namespace Penstock.Cli.Servers;

/// <summary>A name for a server that is known by its command alone. Pure.</summary>
internal static class ServerName
{
    private const string Otherwise = "server";

    /// <summary>Words before the package that say how it is run.</summary>
    private static readonly string[] Runners = ["npx", "npm", "uvx", "uv", "bunx", "bun", "pnpm", "node", "python", "python3", "dotnet", "deno", "docker", "podman", "exec", "run", "dlx", "tool", "sh", "bash", "env"];

    /// <summary>Options of containers whose value is a word of its own.</summary>
    private static readonly string[] WithValue =
    [
        "-e", "--env", "--env-file", "-v", "--volume", "--mount", "--name", "--network", "--net", "-p", "--publish", "-u", "--user", "-w", "--workdir", "-m", "--memory", "--cpus",
        "--platform", "--pull", "--entrypoint", "-h", "--hostname", "-l", "--label", "--tmpfs", "--add-host", "--device", "--gpus", "--runtime", "--security-opt", "--cap-add", "--cap-drop", "--ulimit", "--shm-size",
    ];

    /// <summary>From the package's or the program's name, without the words around it that all servers have.</summary>
    public static string Of(IReadOnlyList<string> words)
    {
        // What is set for the program may be a secret, and says nothing of it.
        var isContainer = Path.GetFileName(words[0]) is "docker" or "podman";
        var program = words.Where((w, i) =>
                w.Length > 0 && w[0] != '-' && !w.Contains('=') && !Runners.Contains(Path.GetFileName(w)) && !(isContainer && i > 0 && WithValue.Contains(words[i - 1])))
            .FirstOrDefault();
        if (program is null)
        {
            return Otherwise;
        }

        var name = Path.GetFileName(program);
        if (name == "penstock" && words.Contains("mock"))
        {
            return "mock";
        }

        // An image's tag, too.
        name = isContainer && name.IndexOf(':', StringComparison.Ordinal) is > 0 and var tag ? name[..tag] : name;
        name = name.LastIndexOf('@') is > 0 and var version ? name[..version] : name;
        name = Path.GetExtension(name) is ".js" or ".mjs" or ".cjs" or ".ts" or ".py" or ".dll" or ".exe" ? Path.GetFileNameWithoutExtension(name) : name;
        string[] parts = [.. name.Split('-', '_').Where(static p => p is not ("server" or "mcp" or ""))];
        var joined = string.Concat(string.Join('-', parts).Where(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-')).Trim('-', '.');
        return joined.Length is > 0 and <= 128 ? joined : Otherwise;
    }
}
