namespace Penstock;

/// <summary>One server of the fleet, as the user wrote it. Copied when the server is added: what is changed later has no effect.</summary>
/// <param name="name">The fleet's name for the server: 1 to 128 characters of <c>A-Z a-z 0-9 _ . -</c>.</param>
/// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
public sealed class ServerOptions(string name)
{
    /// <summary>The fleet's name for the server; the part before the slash in <c>server/tool</c>.</summary>
    public string Name { get; } = name ?? throw new ArgumentNullException(nameof(name));

    /// <summary>How the server is reached. Required.</summary>
    public Transport? Transport { get; set; }

    /// <summary>How many processes or connections serve the calls. 1 to 1024, default 1.</summary>
    public int Replicas { get; set; } = 1;

    /// <summary>Most calls in flight per replica, stragglers apart (<see cref="MaxStragglers"/>). 1 to 1,000,000, default 64.</summary>
    public int MaxInFlight { get; set; } = 64;

    /// <summary>
    /// Calls per replica that may be in flight beside <see cref="MaxInFlight"/>: those that have waited 100 ms and ten times as long as most
    /// do, so that a few slow calls do not hold the others back. When all calls become slow at once, at most one more window is sent.
    /// 0 to 16,384, default 16,384; 0 = <see cref="MaxInFlight"/> is never exceeded.
    /// </summary>
    public int MaxStragglers { get; set; } = 16_384;

    /// <summary>Which era of the protocol the server speaks. Default: found out by asking.</summary>
    public ProtocolEra Era { get; set; }

    /// <summary>
    /// The longest time from start to the listed tools. 1 ms to 1 h, default 60 s (a cold <c>npx</c> is slow). A replica of a server that was
    /// never up is given up when it was not ready in time twice: one that never answers fails after twice this, and its first backoff.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The longest request line, in bytes; a longer call ends <c>invalid_params</c> unsent, since servers die of longer ones. 1 KiB to 1 GiB,
    /// default 8 MiB.
    /// </summary>
    public int MaxRequestBytes { get; set; } = 8 << 20;

    /// <summary>The longest line taken from the server, in bytes; the call of a longer one ends <c>protocol</c>. 1 KiB to 1 GiB, default 64 MiB.</summary>
    public int MaxResponseBytes { get; set; } = 64 << 20;

    /// <summary>
    /// Whether arguments are checked against the tool's schema before a call is sent: that required members are there, and that members have
    /// the types asked for. What does not fit ends <c>schema_invalid</c>, unsent. Default true; false for servers whose schemas are wrong.
    /// </summary>
    public bool ValidateArguments { get; set; } = true;

    /// <summary>How a dead replica is started again.</summary>
    public RestartOptions Restart { get; } = new();

    internal ServerOptions Copy()
    {
        var copy = new ServerOptions(Name)
        {
            Transport = Transport,
            Replicas = Replicas,
            MaxInFlight = MaxInFlight,
            MaxStragglers = MaxStragglers,
            Era = Era,
            ConnectTimeout = ConnectTimeout,
            MaxRequestBytes = MaxRequestBytes,
            MaxResponseBytes = MaxResponseBytes,
            ValidateArguments = ValidateArguments,
        };
        Restart.CopyTo(copy.Restart);
        return copy;
    }

    internal void Validate(List<string> problems)
    {
        var where = $"Server '{Name}'";
        if (!IsValidName(Name))
        {
            problems.Add($"{where}: the name must be 1 to 128 characters of A-Z a-z 0-9 _ . -");
        }

        if (Transport is null)
        {
            problems.Add($"{where}: Transport is not set; use for example Transport.Stdio(\"npx\", \"-y\", \"my-server\").");
        }

        CheckRange(Replicas, 1, 1024, nameof(Replicas), where, problems);
        CheckRange(MaxInFlight, 1, 1_000_000, nameof(MaxInFlight), where, problems);
        CheckRange(MaxStragglers, 0, 16_384, nameof(MaxStragglers), where, problems);
        CheckRange(MaxRequestBytes, 1 << 10, 1 << 30, nameof(MaxRequestBytes), where, problems);
        CheckRange(MaxResponseBytes, 1 << 10, 1 << 30, nameof(MaxResponseBytes), where, problems);
        if (ConnectTimeout < TimeSpan.FromMilliseconds(1) || ConnectTimeout > TimeSpan.FromHours(1))
        {
            problems.Add($"{where}: ConnectTimeout is {ConnectTimeout}; use 1 ms to 1 h.");
        }

        Restart.Validate(where, problems);
        try
        {
            Transport?.Validate(where, problems);
        }
        catch (Exception e)
        {
            // User code: one transport that cannot be checked is one problem among the others.
            problems.Add($"{where}: the transport's settings cannot be checked: {e.Message}");
        }
    }

    private static void CheckRange(int value, int low, int high, string name, string where, List<string> problems)
    {
        if (value < low || value > high)
        {
            problems.Add($"{where}: {name} is {value}; use {low} to {high}.");
        }
    }

    private static bool IsValidName(string name) =>
        name.Length is >= 1 and <= 128 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
}

/// <summary>How a dead replica is started again.</summary>
public sealed class RestartOptions
{
    /// <summary>Wait before the first restart; doubled each time up to <see cref="MaxDelay"/>. 0 to 1 h, default 100 ms.</summary>
    public TimeSpan InitialDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between two starts. 0 to 1 h, default 10 s.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// With so many failed starts in a row a replica is given up: starts after which it was not ready, or was lost before it answered a call or
    /// lived for <see cref="HealthyAfter"/>. 1 to 1000, default 5; 1 = nothing is tried twice. A server that was never up is given up earlier
    /// where trying again cannot help: at once if its command or working directory does not exist or cannot be executed, or if it speaks no
    /// protocol known here; after the second start that was not ready in time (<see cref="ServerOptions.ConnectTimeout"/>).
    /// </summary>
    public int CrashLoopLimit { get; set; } = 5;

    /// <summary>A replica that lived this long counts as started well: its failures are counted from 0 again. 0 to 1 h, default 10 s.</summary>
    public TimeSpan HealthyAfter { get; set; } = TimeSpan.FromSeconds(10);

    internal void CopyTo(RestartOptions copy)
    {
        copy.InitialDelay = InitialDelay;
        copy.MaxDelay = MaxDelay;
        copy.CrashLoopLimit = CrashLoopLimit;
        copy.HealthyAfter = HealthyAfter;
    }

    internal void Validate(string where, List<string> problems)
    {
        Check(InitialDelay, nameof(InitialDelay), where, problems);
        Check(MaxDelay, nameof(MaxDelay), where, problems);
        Check(HealthyAfter, nameof(HealthyAfter), where, problems);
        if (CrashLoopLimit is < 1 or > 1000)
        {
            problems.Add($"{where}: Restart.CrashLoopLimit is {CrashLoopLimit}; use 1 to 1000.");
        }
    }

    private static void Check(TimeSpan value, string name, string where, List<string> problems)
    {
        if (value < TimeSpan.Zero || value > TimeSpan.FromHours(1))
        {
            problems.Add($"{where}: Restart.{name} is {value}; use 0 to 1 h.");
        }
    }
}
