using Penstock.Jobs.Records;

namespace Penstock.Jobs.Config;

/// <summary>The servers of another program's file that cannot be started here, which is no reason not to start the others.</summary>
/// <param name="asked">The server that is asked for by name: what is wrong with that one is a problem.</param>
internal sealed class SkippedServers(string? asked)
{
    private readonly List<string> _reasons = [];

    public IReadOnlyList<string> Reasons => _reasons;

    public bool IsAsked(string name) => name == asked;

    public void Add(string name, string reason) => _reasons.Add($"server '{name}' is skipped: {reason}");
}

/// <summary>Reads the map of servers that job files and everyone's <c>mcp.json</c> share.</summary>
internal sealed class ServersReader(ProblemList problems, Secrets secrets)
{
    /// <summary>Keys of the format that later versions read.</summary>
    private static readonly string[] NotBuilt = ["image", "headers", "rate", "breaker", "restart", "docker"];

    /// <summary>Keys of other programs that say nothing about how to run the server.</summary>
    private static readonly string[] Foreign = ["autoApprove", "alwaysAllow", "description", "timeout", "note", "icon", "gallery", "version"];

    public static string EraWord(ProtocolEra era) => era switch
    {
        ProtocolEra.Modern => "modern",
        ProtocolEra.Legacy => "legacy",
        _ => "auto",
    };

    /// <summary>The servers under <c>servers</c> or <c>mcpServers</c>; null if there are none and so no key at all.</summary>
    /// <param name="root">The file.</param>
    /// <param name="folder">What <c>${file:…}</c> is relative to.</param>
    /// <param name="isForeign">Another program's file, which may hold keys that mean nothing here.</param>
    /// <param name="skipped">Takes the servers of such a file that cannot be started; null = that is a problem.</param>
    public List<JobServer>? Read(MapReader root, string folder, bool isForeign, SkippedServers? skipped = null)
    {
        if (root.Has("servers") && root.Has("mcpServers"))
        {
            root.Problem("mcpServers", "given beside 'servers'; keep one of them");
        }

        var (own, others) = (root.Map("servers"), root.Map("mcpServers"));
        if ((own ?? others) is not { } map)
        {
            return root.Has("servers") || root.Has("mcpServers") ? [] : null;
        }

        var servers = new List<JobServer>();
        foreach (var entry in map.Node.Entries)
        {
            if (!isForeign || skipped is null || skipped.IsAsked(entry.Key))
            {
                if (Server(entry, map, folder, isForeign, skipped) is { } server)
                {
                    servers.Add(server);
                }

                continue;
            }

            var theirs = new ProblemList();
            if (new ServersReader(theirs, secrets).Server(entry, map, folder, isForeign: true, skipped) is { } other && theirs.Count == 0)
            {
                servers.Add(other);
            }
            else if (theirs.Count > 0)
            {
                skipped.Add(entry.Key, theirs.All[0].Message);
            }
        }

        return servers;
    }

    private JobServer? Server(ConfigEntry entry, MapReader servers, string folder, bool isForeign, SkippedServers? skipped)
    {
        var (name, path) = (entry.Key, servers.PathOf(entry.Key));
        if (name.Length is 0 or > 128 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-'))
        {
            problems.Add(entry.KeyPlace, path, "not a server's name; use 1 to 128 of A-Z a-z 0-9 _ . -");
        }

        return MapReader.Open(entry.Value, path, problems) is { } map && !IsDisabled(name, map, isForeign, skipped)
            ? Server(name, map, folder, isForeign)
            : null;
    }

    private static bool IsDisabled(string name, MapReader map, bool isForeign, SkippedServers? skipped)
    {
        if (!isForeign || map.Text("disabled") != "true")
        {
            return false;
        }

        if (skipped is not null && skipped.IsAsked(name))
        {
            map.Problem("disabled", "the server is disabled; enable it, or ask for another");
        }
        else
        {
            skipped?.Add(name, "it is disabled");
        }

        return true;
    }

    /// <summary>Tells once that the server is behind a URL, whatever it says of that.</summary>
    private static bool IsBehindUrl(MapReader map)
    {
        var type = map.Word("type", "stdio", "http", "streamable-http", "sse");
        var isTyped = type is not (null or "stdio");
        var hasUrl = map.Get("url") is not null;
        if (isTyped || hasUrl)
        {
            map.Problem(isTyped ? "type" : "url", "servers behind a URL are not built yet; use a command");
            map.Get("headers");
        }

        return isTyped || hasUrl;
    }

    private JobServer? Server(string name, MapReader map, string folder, bool isForeign)
    {
        var variables = new Variables(folder, secrets, problems);
        if (!IsBehindUrl(map) && !map.Has("command") && !map.Has("mock") && !map.Has("image"))
        {
            problems.Add(map.Node, map.Path, "does not say how to run the server; add 'command:' or 'mock: {}'");
        }

        if (map.Has("command") && map.Has("mock"))
        {
            map.Problem("mock", "given beside 'command'; keep one of them");
        }

        var server = new JobServer
        {
            Name = name,
            Secrets = secrets,
            Command = Filled(map, "command", variables),
            Arguments = Arguments(map, variables),
            Environment = Environment(map, variables),
            WorkingDirectory = Filled(map, "cwd", variables),
            Mock = Mock(map),
            Replicas = (int?)map.Integer("replicas", 1, 1024),
            MaxInFlight = (int?)map.Integer("maxInFlight", 1, 1_000_000),
            MaxStragglers = (int?)map.Integer("maxStragglers", 0, 16_384),
            Era = Era(map) ?? ProtocolEra.Auto,
            ConnectTimeout = map.Duration("connectTimeout", TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)),
            MaxRequestBytes = (int?)map.Size("maxRequestBytes", 1 << 10, 1 << 30),
            MaxResponseBytes = (int?)map.Size("maxResponseBytes", 1 << 10, 1 << 30),
            ValidateArguments = map.Flag("validate"),
            StopGrace = map.Duration("stopGrace", TimeSpan.Zero, TimeSpan.FromMinutes(1)),
        };
        if (isForeign)
        {
            foreach (var key in Foreign)
            {
                map.Get(key);
            }
        }

        map.End(NotBuilt);
        return server;
    }

    private static string? Filled(MapReader map, string key, Variables variables) =>
        map.Scalar(key) is { } node ? variables.Fill(node, map.PathOf(key)) : null;

    private static ProtocolEra? Era(MapReader map) => map.Word("era", "auto", "modern", "legacy") switch
    {
        "modern" => ProtocolEra.Modern,
        "legacy" => ProtocolEra.Legacy,
        "auto" => ProtocolEra.Auto,
        _ => null,
    };

    private static JobMock? Mock(MapReader server)
    {
        if (server.Map("mock") is not { } map)
        {
            return null;
        }

        var mock = new JobMock
        {
            Latency = map.Duration("latency", TimeSpan.Zero, TimeSpan.FromHours(1)),
            LatencyJitter = map.Duration("latencyJitter", TimeSpan.Zero, TimeSpan.FromHours(1)),
            FailRate = map.Fraction("failRate"),
            Seed = (int?)map.Integer("seed", int.MinValue, int.MaxValue),
            Era = Era(map),
            PageSize = (int?)map.Integer("pageSize", 1, 1_000_000),
        };
        map.End();
        return mock;
    }

    private string[] Arguments(MapReader server, Variables variables)
    {
        if (server.Get("args") is not { } list)
        {
            return [];
        }

        var path = server.PathOf("args");
        if (list.Kind != ConfigKind.List)
        {
            problems.Add(list, path, "must be a list; write it as [a, b]");
            return [];
        }

        return [.. list.Items.Select((item, i) => Value(item, $"{path}[{i}]", variables))];
    }

    private Dictionary<string, string> Environment(MapReader server, Variables variables)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        if (server.Map("env") is { } map)
        {
            foreach (var entry in map.Node.Entries)
            {
                var value = environment[entry.Key] = Value(entry.Value, map.PathOf(entry.Key), variables);
                if (Overrides.Holds(entry.Value))
                {
                    // As secret as what the file refers to; the command line is printed again as the next step.
                    secrets.Keep(value);
                }
            }
        }

        return environment;
    }

    private string Value(ConfigNode node, string path, Variables variables)
    {
        if (node.Kind == ConfigKind.Scalar)
        {
            return variables.Fill(node, path);
        }

        problems.Add(node, path, "must be one value, not a list or a map");
        return "";
    }
}
