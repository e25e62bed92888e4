using Microsoft.Extensions.Configuration;

namespace Penstock.Hosting;

/// <summary>
/// The keys of a pipeline's section, and what each sets. Read by hand and not bound: so an unknown key is an error, every message names its key,
/// and nothing is looked up by reflection. Ranges are checked by the engine.
/// </summary>
internal static class PipelineSettings
{
    private const string Servers = "Servers";

    private static readonly Keys<BatchOptions> Batch = new()
    {
        { "MaxCalls", static (o, v) => o.MaxCalls = ConfigurationValue.Count(v) },
        { "Linger", static (o, v) => o.Linger = ConfigurationValue.Time(v) },
    };

    private static readonly Keys<MemoryOptions> Memory = new() { { "Budget", static (o, v) => o.Budget = ConfigurationValue.Bytes(v) } };

    private static readonly Keys<PipelineOptions> Pipeline = new(Servers)
    {
        { "CallTimeout", static (o, v) => o.CallTimeout = ConfigurationValue.Time(v) },
        { "SingleCallDeadline", static (o, v) => o.SingleCallDeadline = ConfigurationValue.Time(v) },
        { "StartConcurrency", static (o, v) => o.StartConcurrency = ConfigurationValue.Count(v) },
        { "Batch", Batch, static o => o.Batch },
        { "Memory", Memory, static o => o.Memory },
    };

    private static readonly Keys<RestartOptions> Restart = new()
    {
        { "InitialDelay", static (o, v) => o.InitialDelay = ConfigurationValue.Time(v) },
        { "MaxDelay", static (o, v) => o.MaxDelay = ConfigurationValue.Time(v) },
        { "CrashLoopLimit", static (o, v) => o.CrashLoopLimit = ConfigurationValue.Count(v) },
        { "HealthyAfter", static (o, v) => o.HealthyAfter = ConfigurationValue.Time(v) },
    };

    private static readonly Keys<ConfiguredServer> Server = new()
    {
        { "Command", static (s, v) => s.Command = ConfigurationValue.Text(v) },
        { "Args", static (s, v) => s.Arguments.AddRange(ConfigurationValue.Texts(v)) },
        { "Env", static (s, v) => s.AddVariables(v) },
        { "Cwd", static (s, v) => s.Directory = ConfigurationValue.Text(v) },
        { "StopGrace", static (s, v) => s.StopGrace = ConfigurationValue.Time(v) },
        { "Replicas", static (s, v) => s.Options.Replicas = ConfigurationValue.Count(v) },
        { "MaxInFlight", static (s, v) => s.Options.MaxInFlight = ConfigurationValue.Count(v) },
        { "MaxStragglers", static (s, v) => s.Options.MaxStragglers = ConfigurationValue.Count(v) },
        { "Era", static (s, v) => s.Options.Era = ConfigurationValue.Era(v) },
        { "ConnectTimeout", static (s, v) => s.Options.ConnectTimeout = ConfigurationValue.Time(v) },
        { "MaxRequestBytes", static (s, v) => s.Options.MaxRequestBytes = checked((int)ConfigurationValue.Bytes(v)) },
        { "MaxResponseBytes", static (s, v) => s.Options.MaxResponseBytes = checked((int)ConfigurationValue.Bytes(v)) },
        { "Restart", Restart, static s => s.Options.Restart },
    };

    /// <summary>Adds what the section says to <paramref name="builder"/>, and what is wrong with it to <paramref name="problems"/>.</summary>
    public static void Read(IConfiguration section, KeySpelling spelling, ToolPipelineBuilder builder, List<string> problems)
    {
        builder.Configure(o => problems.AddRange(Pipeline.Read(o, section)));
        foreach (var server in ReadServers(section, spelling, problems))
        {
            builder.AddServer(server);
        }
    }

    public static IReadOnlyList<ServerOptions> ReadServers(IConfiguration section, KeySpelling spelling, List<string> problems)
    {
        var servers = new List<ServerOptions>();
        var all = section.GetSection(Servers);
        if (ConfigurationValue.IsOneValue(all))
        {
            problems.Add($"{all.Path} is one value; use a section of servers, each with its name as key.");
        }

        foreach (var child in all.GetChildren())
        {
            var server = new ConfiguredServer(new ServerOptions(spelling.Of(child)), spelling);
            var wrong = Server.Read(server, child);
            problems.AddRange(wrong);
            if (server.Transport is { } transport)
            {
                server.Options.Transport = transport;
                servers.Add(server.Options);
            }
            else if (wrong.Count == 0)
            {
                problems.Add($"{child.Path}:Command is not set; name the program to start, for example npx.");
            }
        }

        return servers;
    }

    private sealed class ConfiguredServer(ServerOptions options, KeySpelling spelling)
    {
        public ServerOptions Options => options;

        public string? Command { get; set; }

        public List<string> Arguments { get; } = [];

        public string? Directory { get; set; }

        public TimeSpan? StopGrace { get; set; }

        public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

        public void AddVariables(IConfigurationSection variables)
        {
            if (ConfigurationValue.IsOneValue(variables))
            {
                throw new FormatException("is one text; use a section of variables, each with its name as key.");
            }

            foreach (var variable in variables.GetChildren())
            {
                Environment[spelling.Of(variable)] = variable.Value ?? throw new FormatException($"has no text for {variable.Key}; use one text there.");
            }
        }

        /// <summary>Null if there is no command.</summary>
        public StdioTransport? Transport
        {
            get
            {
                if (Command is null)
                {
                    return null;
                }

                var transport = Penstock.Transport.Stdio(Command, [.. Arguments]);
                transport.WorkingDirectory = Directory;
                transport.StopGrace = StopGrace ?? transport.StopGrace;
                foreach (var (name, value) in Environment)
                {
                    transport.Environment[name] = value;
                }

                return transport;
            }
        }
    }
}
