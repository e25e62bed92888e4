namespace Penstock.Tests.EndToEnd;

/// <summary>MCP servers of other people, as <c>test.sh</c> installs them from npm: the folder is told by <c>PENSTOCK_NPM</c>.</summary>
internal static class NpmPackages
{
    /// <summary>The <c>node_modules</c> folder; null if there is none.</summary>
    public static string? Folder { get; } = Environment.GetEnvironmentVariable("PENSTOCK_NPM") is { Length: > 0 } folder && Directory.Exists(folder) ? folder : null;

    /// <summary>Whether a package is there.</summary>
    public static bool Has(string package) => Folder is not null && File.Exists(Path.Combine(Folder, package, "package.json"));

    /// <summary>The program that a package installs, for example <c>mcp-server-everything</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such program.</exception>
    public static string Program(string name)
    {
        var path = Path.Combine(Folder ?? "", ".bin", name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"No npm package installs a program '{name}'; run ./test.sh once.", path);
    }
}
