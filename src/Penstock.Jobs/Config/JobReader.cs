using Penstock.Jobs.Bytes;
using Penstock.Jobs.Records;

namespace Penstock.Jobs.Config;

/// <summary>A job file's nodes to a job. Goes on after a problem, so that all are found.</summary>
/// <param name="file">The file, or what it is called where <paramref name="text"/> is given.</param>
/// <param name="problems">Takes what is wrong.</param>
/// <param name="text">What the file would hold; null = it is read.</param>
internal sealed class JobReader(string file, ProblemList problems, string? text = null)
{
    /// <summary>Keys of the format that later versions read; here and below.</summary>
    private static readonly string[] NotBuilt = ["metrics", "lanes", "journal"];

    private static readonly string[] DataKeys = ["input", "output", "errors"];

    private readonly Secrets _secrets = new();
    private readonly List<string> _files = [];
    private readonly List<ConfigNode> _roots = [];

    public Job? Read(IEnumerable<string> overrides)
    {
        if (Open(overrides) is not { } root)
        {
            return null;
        }

        Version(root);
        FillPaths(root);
        var servers = Servers(root, isForeign: false);
        var input = InputReader.Read(root, problems);
        var columns = InputReader.Columns(input);
        var call = CallReader.Read(root, input, columns, servers, problems);
        var outputs = new OutputsReader(root, problems).Read(input, columns, call);
        var (memory, pipeline) = (root.Map("memory"), root.Map("pipeline"));
        var batch = pipeline?.Map("batch");
        var job = new Job
        {
            Servers = servers,
            Input = input ?? new JobInput(Job.Standard, null),
            Call = call,
            OutputPath = outputs.OutputPath,
            ErrorsPath = outputs.ErrorsPath,
            AreErrorsNamed = outputs.AreErrorsNamed,
            Append = outputs.Append,
            MemoryBudget = memory?.Size("budget", 1L << 20, 1L << 40),
            CallTimeout = pipeline is null ? null : CallTimeout(pipeline),
            StartConcurrency = (int?)pipeline?.Integer("startConcurrency", 1, 1024),
            BatchMaxCalls = (int?)batch?.Integer("maxCalls", 1, 256),
            BatchLinger = batch?.Duration("linger", TimeSpan.Zero, TimeSpan.FromSeconds(1)),
            Files = _files,
            Places = new JobPlaces(file, _roots),
            Secrets = _secrets,
        };
        memory?.End();
        batch?.End();
        pipeline?.End("retry", "breaker", "rate", "deadline", "lanes", "maxStragglers", "onOutage");
        root.End(NotBuilt);
        return job;
    }

    /// <summary>The servers alone; null, and problems, if there are none. What another program's file says of a server that cannot be started skips that server.</summary>
    public ServersFile? ReadServers(string? only, IEnumerable<string> overrides)
    {
        if (Open(overrides) is not { } root)
        {
            return null;
        }

        if (only is not null)
        {
            foreach (var map in new[] { root.Node.Find("servers"), root.Node.Find("mcpServers") })
            {
                map?.Entries.RemoveAll(e => e.Key != only && map.Entries.Exists(o => o.Key == only));
            }
        }

        var skipped = new SkippedServers(only);
        var servers = Servers(root, isForeign: !root.Has("version"), skipped);
        return new ServersFile { Servers = servers, Skipped = skipped.Reasons, CallTimeout = root.Map("pipeline") is { } pipeline ? CallTimeout(pipeline) : null };
    }

    private static TimeSpan? CallTimeout(MapReader pipeline) => pipeline.Duration("callTimeout", TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(24));

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
        _roots.Add(node);
        return MapReader.Open(node, "", problems);
    }

    private ConfigNode? Parse(string path, string place, string key)
    {
        if (text is not null && path == file)
        {
            return ConfigText.Parse(text, path, problems);
        }

        if (path.Length == 0)
        {
            problems.Add("the job file", key, "its path is empty; give one");
            return null;
        }

        if (Directory.Exists(path))
        {
            problems.Add(place, key, $"{Named(path, place)}is a folder; give a file");
            return null;
        }

        try
        {
            _files.Add(path);
            if (File.Exists(path) && IsTable(path))
            {
                problems.Add(place, key, $"{Named(path, place)}is a table, and not a job file; a job names it as its input: penstock init --input {path} writes one");
                return null;
            }

            return ConfigText.Parse(ReadText(path), path, problems);
        }
        catch (InvalidDataException e)
        {
            problems.Add(place, key, Named(path, place) + e.Message);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var cause = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            problems.Add(place, key, $"{Named(path, place)}cannot be read: {cause.TrimEnd('.')}; {(NearFile(path) is { } near ? $"did you mean {near}?" : "check the path")}");
            return null;
        }
    }

    /// <summary>A file's text, of JSON without its comments.</summary>
    /// <exception cref="InvalidDataException">It is not UTF-8.</exception>
    public static string ReadText(string path)
    {
        var read = Utf8Text.ReadFile(path);
        return Path.GetExtension(path).ToLowerInvariant() is ".json" or ".jsonc" ? JsonComments.Blank(read) : read;
    }

    /// <summary>By its name: no job file is called so.</summary>
    private static bool IsTable(string path) => InputReader.FormatOf(path) != "jsonl" || Path.GetExtension(path).ToLowerInvariant() is ".jsonl" or ".ndjson" or ".gz";

    /// <summary>A file beside it whose name is nearly the same; null if there is none.</summary>
    private static string? NearFile(string path)
    {
        try
        {
            var folder = Path.GetDirectoryName(path) ?? "";
            var files = Directory.EnumerateFiles(folder.Length == 0 ? "." : folder).Select(static f => Path.GetFileName(f)!).Take(1000);
            return NearestKey.Find(Path.GetFileName(path), files, 1) is { } near ? Path.Combine(folder, near) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>A file whose place is the file itself is named already.</summary>
    private static string Named(string path, string place) => place == path ? "" : $"'{path}' ";

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

    /// <summary>Fills variables in the paths of data. What they held is no secret: messages name paths.</summary>
    private void FillPaths(MapReader root)
    {
        var variables = new Variables(Folder(file), new Secrets(), problems);
        foreach (var key in DataKeys)
        {
            var entries = root.Node.Find(key)?.Entries ?? [];
            if (entries.FindIndex(static e => e.Key == "path" && e.Value.Text.Contains("${", StringComparison.Ordinal)) is >= 0 and var at)
            {
                var written = entries[at].Value;
                entries[at] = entries[at] with
                {
                    Value = new ConfigNode(ConfigKind.Scalar, written.Place) { Text = variables.Fill(written, $"{key}.path") },
                };
            }
        }
    }

    private List<JobServer> Servers(MapReader root, bool isForeign, SkippedServers? skipped = null)
    {
        var reader = new ServersReader(problems, _secrets);
        var servers = reader.Read(root, Folder(file), isForeign, skipped);
        if (root.Scalar("serversFile") is { } other)
        {
            if (servers is not null)
            {
                problems.Add(other, "serversFile", "given beside 'servers'; keep one of them");
            }

            var path = Path.Combine(Folder(file), other.Text);
            if (Parse(path, other.Place, "serversFile") is { } node && MapReader.Open(node, "", problems) is { } map)
            {
                _roots.Add(node);
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
}
