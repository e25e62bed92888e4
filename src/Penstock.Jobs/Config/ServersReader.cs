namespace Penstock.Jobs.Config;

/// <summary>Reads the map of servers that job files and everyone's <c>mcp.json</c> share.</summary>
internal sealed class ServersReader(ProblemList problems, Secrets secrets)
{
    /// <summary>Keys of the format that later versions read.</summary>
    private static readonly string[] NotBuilt = ["url", "image", "headers", "rate", "breaker", "restart", "docker"];

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
    public List<JobServer>? Read(MapReader root, string folder, bool isForeign)
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
            var path = map.PathOf(entry.Key);
            if (entry.Key.Length is 0 or > 128 || !entry.Key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-'))
            {
                problems.Add(entry.KeyPlace, path, "not a server's name; use 1 to 128 of A-Z a-z 0-9 _ . -");
            }

            if (MapReader.Open(entry.Value, path, problems) is { } server && Server(entry.Key, server, folder, isForeign) is { } read)
            {
                servers.Add(read);
            }
        }

        return servers;
    }

    private JobServer? Server(string name, MapReader map, string folder, bool isForeign)
    {
        if (isForeign && map.Text("disabled") == "true")
        {
            return null;
        }

        var variables = new Variables(folder, secrets, problems);
        map.Word("type", "stdio", "http", "streamable-http", "sse");
        if (map.Text("type") is "http" or "streamable-http" or "sse")
        {
            map.Problem("type", "servers behind a URL are not built yet; use a command");
        }
        else if (!map.Has("command") && !map.Has("mock") && !map.Has("url") && !map.Has("image"))
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
                environment[entry.Key] = Value(entry.Value, map.PathOf(entry.Key), variables);
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
