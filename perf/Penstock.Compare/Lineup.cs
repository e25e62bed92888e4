namespace Penstock.Compare;

/// <summary>Who takes part, and in what.</summary>
internal static class Lineup
{
    public const string Echo = "stdio-echo";
    public const string Stragglers = "stragglers";
    public const string StragglersWithout = "stragglers-without";

    /// <summary>How late a straggler is answered: 2 s, 1 call in 100.</summary>
    public const int StragglerMs = 2000;

    public static readonly IReadOnlyList<string> Contenders = ["raw", "sdk", "sdk-polly", "sdk-gen0", "penstock"];

    /// <summary>The engine alone: nobody behind the transport.</summary>
    public const string EngineNull = "engine-null";

    /// <summary>Whole jobs, file to file; see <see cref="Jobs.JobRace"/>.</summary>
    public const string JobJsonl = "job-jsonl";
    public const string JobCsv = "job-csv";

    public static readonly IReadOnlyList<string> Scenarios = [Echo, Stragglers, EngineNull, JobJsonl, JobCsv];

    public static bool IsJob(string scenario) => scenario is JobJsonl or JobCsv;

    public static Contender Create(ContenderSpec spec) => spec.Contender switch
    {
        "raw" => new RawContender(spec),
        "sdk" or "sdk-gen0" => new SdkContender(spec, withPolly: false),
        "sdk-polly" => new SdkContender(spec, withPolly: true),
        "penstock" when spec.Scenario == EngineNull => new PenstockContender(spec, static () => new NullTransport()),
        "penstock" => new PenstockContender(spec, () => Transport.Stdio(spec.Server[0], [.. spec.Server.Skip(1)])),
        _ => throw new ArgumentException($"There is no contender '{spec.Contender}'."),
    };

    /// <summary>Variables of a contender's process: the young generation of <c>sdk-gen0</c> is 256 MiB.</summary>
    public static IReadOnlyDictionary<string, string> Variables(string contender) =>
        contender == "sdk-gen0" ? new Dictionary<string, string> { ["DOTNET_GCgen0size"] = "0x10000000" } : new Dictionary<string, string>();

    /// <summary>The processes of one round. Their repetitions take turns in this order.</summary>
    public static IReadOnlyList<ContenderSpec> Entrants(CompareOptions options, string era, int inFlight, IReadOnlyList<string> server)
    {
        if (options.Scenario == Echo)
        {
            return [.. options.Contenders.Select(c => new ContenderSpec(c, Echo, inFlight, era, server, 0))];
        }

        if (options.Scenario == EngineNull)
        {
            return [new ContenderSpec("penstock", EngineNull, inFlight, era, server, 0)];
        }

        IReadOnlyList<string> late = [.. server, "--sleep-every", "100", "--sleep-ms", $"{StragglerMs}"];
        return
        [
            .. options.Contenders.SelectMany(c => (ContenderSpec[])
            [
                new(c, StragglersWithout, inFlight, era, server, 0),
                new(c, Stragglers, inFlight, era, late, StragglerMs),
            ]),
        ];
    }
}
