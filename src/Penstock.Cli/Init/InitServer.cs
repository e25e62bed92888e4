using System.Text.Json;
using System.Text.RegularExpressions;
using Penstock.Cli.Servers;
using Penstock.Jobs;
using Penstock.Jobs.Config;

namespace Penstock.Cli.Init;

/// <summary>The server that a new job file is for, as it was written: nothing in it is filled in, so that no secret can get into the file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Written">Its keys.</param>
/// <param name="File">The file that has it, to start it from.</param>
internal sealed partial record InitServer(string Name, ConfigNode Written, string File)
{
    /// <summary>Values of the server's environment that were written out in its file, by name: the job file refers to them.</summary>
    public IReadOnlyList<string> Referred { get; init; } = [];

    /// <param name="source">What has it.</param>
    /// <param name="name">Its name; null if the file has one server, or it is a command's.</param>
    /// <param name="jobFolder">Where the job file will lie.</param>
    /// <exception cref="JobException">The file is wrong, or has no such server.</exception>
    public static InitServer Of(ServersSource source, string? name, string jobFolder)
    {
        var problems = new ProblemList();
        var file = source.Shown;
        name = source.Name ?? name;
        var root = source.Text is null ? Parse(file, problems) : ConfigText.Parse(source.Text, file, problems);
        if (root?.Find("serversFile") is { Kind: ConfigKind.Scalar, IsNull: false } other)
        {
            file = Path.Combine(Path.GetDirectoryName(file) ?? "", other.Text);
            root = Parse(file, problems);
        }

        var servers = root?.Find("servers") ?? root?.Find("mcpServers");
        if (problems.Count > 0)
        {
            throw new JobException(JobExitCode.Config, [.. problems.All.Select(static p => p.ToString()).Distinct()]);
        }

        var names = servers?.Entries.ConvertAll(static e => e.Key) ?? [];
        var found = name ?? (names is [var only] ? only : null);
        if (found is null || servers?.Find(found) is not { Kind: ConfigKind.Map } map)
        {
            throw new JobException(JobExitCode.Usage, [names.Count == 0
                ? $"{file} has no server; add one"
                : $"{(name is null ? $"{file} has several servers; choose one with --name" : $"{file} has no server '{name}'; it has")}: {string.Join(", ", names)}"]);
        }

        var referred = new List<string>();
        var folder = source.Text is null ? Path.GetDirectoryName(Path.GetFullPath(file))! : Environment.CurrentDirectory;
        return new InitServer(found, Rewritten(map, folder, jobFolder, referred), file) { Referred = referred };
    }

    private static ConfigNode? Parse(string file, ProblemList problems)
    {
        try
        {
            return ConfigText.Parse(JobReader.ReadText(file), file, problems);
        }
        catch (InvalidDataException e)
        {
            throw new JobException(JobExitCode.Config, [$"{file}: {e.Message}"]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new JobException(JobExitCode.Config, [$"{file}: cannot be read: {(e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message.TrimEnd('.'))}; check the path"]);
        }
    }

    /// <summary>Only keys of job files, environment values as references, and files' paths from the job's folder.</summary>
    private static ConfigNode Rewritten(ConfigNode map, string folder, string jobFolder, List<string> referred)
    {
        using var schema = JsonDocument.Parse(JobSchema.Text);
        var known = schema.RootElement.GetProperty("$defs").GetProperty("server").GetProperty("properties");
        var written = new ConfigNode(ConfigKind.Map, map.Place);
        foreach (var entry in map.Entries.Where(e => known.TryGetProperty(e.Key, out _) && !e.Value.IsNull))
        {
            var value = entry.Key == "env" ? Referring(entry.Value, referred) : entry.Value;
            written.Entries.Add(entry with { Value = WithPaths(value, folder, jobFolder) });
        }

        return written;
    }

    private static ConfigNode Referring(ConfigNode env, List<string> referred)
    {
        var references = new ConfigNode(ConfigKind.Map, env.Place);
        foreach (var entry in env.Entries)
        {
            // What stands beside a reference may be the secret's other half.
            var isReference = References().IsMatch(entry.Value.Text);
            references.Entries.Add(entry with { Value = isReference ? entry.Value : Text(entry.Value, $"${{env:{entry.Key}}}") });
            if (!isReference)
            {
                referred.Add(entry.Key);
            }
        }

        return references;
    }

    private static ConfigNode WithPaths(ConfigNode node, string from, string to)
    {
        if (node.Kind == ConfigKind.Scalar)
        {
            return from == to || !node.Text.Contains("${file:", StringComparison.Ordinal)
                ? node
                : Text(node, FileVariable().Replace(node.Text, m => $"${{file:{Path.GetRelativePath(to, Path.Combine(from, m.Groups[1].Value))}}}"));
        }

        var moved = new ConfigNode(node.Kind, node.Place);
        moved.Entries.AddRange(node.Entries.Select(e => e with { Value = WithPaths(e.Value, from, to) }));
        moved.Items.AddRange(node.Items.Select(i => WithPaths(i, from, to)));
        return moved;
    }

    private static ConfigNode Text(ConfigNode at, string text) => new(ConfigKind.Scalar, at.Place) { Text = text };

    [GeneratedRegex(@"^(\$\{(env|file):[^}]*\})+\z", RegexOptions.CultureInvariant)]
    private static partial Regex References();

    [GeneratedRegex(@"\$\{file:([^}]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex FileVariable();
}
