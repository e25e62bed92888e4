using Penstock.Jobs.Records;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Config;

/// <summary>A job file's nodes to a job. Goes on after a problem, so that all are found.</summary>
internal sealed class JobReader(string file, ProblemList problems)
{
    private static readonly string[] RangeColumns = ["n"];

    /// <summary>Keys of the format that later versions read; here and below.</summary>
    private static readonly string[] NotBuilt = ["metrics", "lanes", "journal"];

    private readonly Secrets _secrets = new();
    private readonly List<string> _files = [];

    public Job? Read(IEnumerable<string> overrides)
    {
        if (Open(overrides) is not { } root)
        {
            return null;
        }

        Version(root);
        var servers = Servers(root, isForeign: false);
        var input = Input(root);
        var call = Call(root, input, servers);
        var (output, errors) = Outputs(root);
        var (memory, pipeline) = (root.Map("memory"), root.Map("pipeline"));
        var batch = pipeline?.Map("batch");
        var job = new Job
        {
            Servers = servers,
            Input = input ?? new JobInput(Job.Standard, null),
            Call = call,
            OutputPath = output,
            ErrorsPath = errors,
            MemoryBudget = memory?.Size("budget", 1L << 20, 1L << 40),
            CallTimeout = pipeline?.Duration("callTimeout", TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(24)),
            StartConcurrency = (int?)pipeline?.Integer("startConcurrency", 1, 1024),
            BatchMaxCalls = (int?)batch?.Integer("maxCalls", 1, 256),
            BatchLinger = batch?.Duration("linger", TimeSpan.Zero, TimeSpan.FromSeconds(1)),
            Files = _files,
            Secrets = _secrets,
        };
        memory?.End();
        batch?.End();
        pipeline?.End("retry", "breaker", "rate", "deadline", "lanes", "maxStragglers", "onOutage");
        root.End(NotBuilt);
        return job;
    }

    public IReadOnlyList<JobServer> ReadServers(string? only, IEnumerable<string> overrides)
    {
        if (Open(overrides) is not { } root)
        {
            return [];
        }

        if (only is not null)
        {
            foreach (var map in new[] { root.Node.Find("servers"), root.Node.Find("mcpServers") })
            {
                map?.Entries.RemoveAll(e => e.Key != only && map.Entries.Exists(o => o.Key == only));
            }
        }

        return Servers(root, isForeign: !root.Has("version"));
    }

    private MapReader? Open(IEnumerable<string> overrides)
    {
        var before = problems.Count;
        if (Parse(file, file, "") is not { } node)
        {
            return null;
        }

        if (node.IsNull && problems.Count == before)
        {
            problems.Add($"{file}:1:1", "", "the file is empty; start with 'version: 1'");
            return null;
        }

        Overrides.Apply(node, overrides, problems);
        return MapReader.Open(node, "", problems);
    }

    private ConfigNode? Parse(string path, string place, string key)
    {
        if (path.Length == 0)
        {
            problems.Add("the job file", key, "its path is empty; give one");
            return null;
        }

        if (Directory.Exists(path))
        {
            problems.Add(place, key, $"'{path}' is a folder; give a file");
            return null;
        }

        try
        {
            _files.Add(path);
            return ConfigText.Parse(File.ReadAllText(path), path, problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var cause = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            problems.Add(place, key, $"'{path}' cannot be read: {cause.TrimEnd('.')}; check the path");
            return null;
        }
    }

    private void Version(MapReader root)
    {
        if (root.Scalar("version") is not { } version)
        {
            if (!root.Has("version"))
            {
                problems.Add(root.Node, "version", "missing; add 'version: 1'");
            }
        }
        else if (version.Text != "1")
        {
            problems.Add(version, "version", $"'{version.Text}' is not known here; use 1");
        }
    }

    private List<JobServer> Servers(MapReader root, bool isForeign)
    {
        var reader = new ServersReader(problems, _secrets);
        var servers = reader.Read(root, Folder(file), isForeign);
        if (root.Scalar("serversFile") is { } other)
        {
            if (servers is not null)
            {
                problems.Add(other, "serversFile", "given beside 'servers'; keep one of them");
            }

            var path = Path.Combine(Folder(file), other.Text);
            if (Parse(path, other.Place, "serversFile") is { } node && MapReader.Open(node, "", problems) is { } map)
            {
                var read = reader.Read(map, Folder(path), isForeign: !map.Has("version"));
                if (read is null)
                {
                    problems.Add(node, "", "has neither 'servers' nor 'mcpServers'; add one");
                }

                servers ??= read ?? [];
            }

            return servers ?? [];
        }

        if (servers is null)
        {
            problems.Add(root.Node, "servers", "missing; add 'servers:', 'mcpServers:' or 'serversFile:'");
        }
        else if (servers.Count == 0 && !isForeign)
        {
            root.Problem(root.Has("servers") ? "servers" : "mcpServers", "there is no server; add one");
        }

        return servers ?? [];
    }

    private static string Folder(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";

    private JobInput? Input(MapReader root)
    {
        if (root.Map("input") is not { } map)
        {
            if (!root.Has("input"))
            {
                problems.Add(root.Node, "input", "missing; add 'input: { path: rows.jsonl }' or 'input: { range: 1000 }'");
            }

            return null;
        }

        var (path, range) = (map.Text("path"), map.Integer("range", 0, 1L << 50));
        if (map.Has("path") == map.Has("range"))
        {
            problems.Add(map.Node, "input", "must have exactly one of 'path' and 'range'; give one");
        }

        string[] later = [".zst", ".parquet", ".sqlite", ".db", ".arrow", ".xlsx"];
        if (path is not null && later.FirstOrDefault(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase)) is { } extension)
        {
            map.Problem("path", $"{extension} input is not built yet; convert it to CSV or JSON lines");
        }

        if (path is "")
        {
            map.Problem("path", "is empty; give a file, or - for standard input");
        }

        var format = map.Word("format", "csv", "tsv", "jsonl") ?? FormatOf(path);
        var separator = Separator(map) ?? (format == "tsv" ? '\t' : ',');
        if (format == "jsonl" && map.Has("separator"))
        {
            map.Problem("separator", "means nothing to JSON lines; add 'format: csv', or remove it");
        }

        map.End("sql");
        return new JobInput(path, range, format == "jsonl" ? null : separator);
    }

    /// <summary>By the file's name, with or without <c>.gz</c>; all else is JSON lines.</summary>
    private static string FormatOf(string? path)
    {
        var name = path is not null && path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name)?.ToLowerInvariant() switch
        {
            ".csv" => "csv",
            ".tsv" or ".tab" => "tsv",
            _ => "jsonl",
        };
    }

    private static char? Separator(MapReader map)
    {
        if (map.Text("separator") is not { } text)
        {
            return null;
        }

        if (text.Length == 1 && char.IsAscii(text[0]) && text[0] is not ('"' or '\r' or '\n'))
        {
            return text[0];
        }

        map.Problem("separator", $"'{text}' is not valid here; use one ASCII character, for example \";\"");
        return null;
    }

    private CallTemplate? Call(MapReader root, JobInput? input, List<JobServer> servers)
    {
        if (root.Map("call") is not { } map)
        {
            if (input?.Separator is not null && !root.Has("call"))
            {
                problems.Add(root.Node, "call", "missing, and CSV has no calls of its own; add 'call: { tool: server/tool, arguments: { q: \"{{column}}\" } }'");
            }
            else if (input?.Range is not null && !root.Has("call"))
            {
                problems.Add(root.Node, "call", "missing, and a range has no calls of its own; add 'call: { tool: server/tool, arguments: { n: \"{{n}}\" } }'");
            }

            return null;
        }

        using var templates = new TemplateReader(Columns(input), problems);
        var (tool, constant) = Tool(map, templates, servers);
        var id = map.Scalar("id") is { } idNode ? templates.String(idNode, "call.id") : null;
        JsonTemplate? arguments = null;
        if (map.Get("arguments") is { } node)
        {
            if (node.Kind != ConfigKind.Map && !TemplateReader.IsLone(node))
            {
                problems.Add(node, "call.arguments", "must be a map, or one \"{{column}}\" that holds an object");
            }

            arguments = templates.Value(node, "call.arguments");
        }

        var call = new CallTemplate
        {
            Columns = templates.Columns,
            Tool = constant,
            ToolTemplate = constant is null ? tool : null,
            Id = id,
            Arguments = arguments,
            Timeout = map.Duration("timeout", TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(24)),
        };
        map.End("deadline");
        return call;
    }

    /// <summary>The input's columns, if they can be known before the job runs.</summary>
    private static IReadOnlyList<string>? Columns(JobInput? input) => input switch
    {
        { Range: not null } => RangeColumns,
        { Separator: { } separator, Path: { } path and not Job.Standard } => InputFile.ReadHeader(path, separator),
        _ => null,
    };

    private (JsonTemplate? Template, string? Constant) Tool(MapReader call, TemplateReader templates, List<JobServer> servers)
    {
        if (call.Scalar("tool") is not { } node)
        {
            if (!call.Has("tool"))
            {
                problems.Add(call.Node, "call.tool", "missing; add 'tool: server/tool'");
            }

            return default;
        }

        var template = templates.String(node, "call.tool");
        if (!template.IsConstant)
        {
            return (template, null);
        }

        var slash = node.Text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == node.Text.Length - 1)
        {
            problems.Add(node, "call.tool", $"'{node.Text}' is not a tool; write it as server/tool");
        }
        else if (servers.Count > 0 && !servers.Exists(s => s.Name == node.Text[..slash]))
        {
            var name = node.Text[..slash];
            var names = servers.Select(static s => s.Name).ToList();
            problems.Add(node, "call.tool", $"there is no server '{name}'; use {NearestKey.Find(name, names) ?? string.Join(", ", names)}");
        }

        return (template, node.Text);
    }

    private (string Output, string Errors) Outputs(MapReader root)
    {
        var (output, errors) = (PathUnder(root, "output"), PathUnder(root, "errors"));
        if (output is null && !root.Has("output"))
        {
            problems.Add(root.Node, "output", "missing; add 'output: { path: out.jsonl }'");
        }

        if (output == Job.Standard && errors is null && !root.Has("errors"))
        {
            problems.Add(root.Node, "errors", "missing, and standard output has no name to derive it from; add 'errors: { path: errors.jsonl }'");
        }

        if (errors == Job.Standard)
        {
            root.Problem("errors", "must be a file; give it a path");
        }
        else if (errors is not null && output is not (null or Job.Standard) && !OutputFiles.IsDevice(output) && Path.GetFullPath(errors) == Path.GetFullPath(output))
        {
            root.Problem("errors", "is the output's file; give it another path");
        }

        return (output ?? "", errors ?? DefaultErrors(output ?? ""));
    }

    /// <summary><c>out.jsonl</c> → <c>out.errors.jsonl</c>; without an extension <c>.errors</c> goes to the end.</summary>
    public static string DefaultErrors(string output)
    {
        var extension = Path.GetExtension(output);
        return output[..^extension.Length] + ".errors" + extension;
    }

    private string? PathUnder(MapReader root, string key)
    {
        if (root.Map(key) is not { } map)
        {
            return null;
        }

        var path = map.Text("path");
        if (path is "" || !map.Has("path"))
        {
            problems.Add(map.Node, $"{key}.path", $"missing; add a path, for example {key}.jsonl");
        }
        else if (path is not null && path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            map.Problem("path", "compressed records are not built yet; drop the .gz");
        }

        map.End("append", "format", "sql");
        return path;
    }
}
