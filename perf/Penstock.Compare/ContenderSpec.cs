using System.Text.Json.Serialization;

namespace Penstock.Compare;

/// <summary>What a contender's process is told when it starts.</summary>
/// <param name="Contender">Its name; see <see cref="Lineup"/>.</param>
/// <param name="Scenario">The label of its rows.</param>
/// <param name="InFlight">Most calls under way.</param>
/// <param name="Era"><c>modern</c> or <c>legacy</c>.</param>
/// <param name="Server">The server's program, then its arguments.</param>
/// <param name="SleepMs">How late the server answers its stragglers, in milliseconds; 0 = there are none.</param>
internal sealed record ContenderSpec(string Contender, string Scenario, int InFlight, string Era, IReadOnlyList<string> Server, int SleepMs)
{
    public bool IsModern => Era == "modern";
}

/// <summary>What a contender's process answers to one line of input.</summary>
/// <param name="Error">Why it cannot go on; null if it can.</param>
/// <param name="CallsPerSecond">Its speed in the second half of the warm-up.</param>
/// <param name="Measurement">One repetition.</param>
internal sealed record ContenderReply(string? Error = null, double CallsPerSecond = 0, Measurement? Measurement = null);

/// <summary>One repetition of one contender: a line of the JSON output. Everything per call is of the client's process alone.</summary>
internal sealed record Measurement
{
    public required string Scenario { get; init; }

    public required string Contender { get; init; }

    [JsonPropertyName("inflight")]
    public required int InFlight { get; init; }

    public required string Era { get; init; }

    public required long Calls { get; init; }

    public required double CallsPerS { get; init; }

    public required double ClientCpuUsPerCall { get; init; }

    public required double AllocBytesPerCall { get; init; }

    public required int Gen0 { get; init; }

    public required double P50Us { get; init; }

    public required double P99Us { get; init; }

    public required double PeakRssMb { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContenderSpec))]
[JsonSerializable(typeof(ContenderReply))]
[JsonSerializable(typeof(Measurement))]
internal sealed partial class CompareJson : JsonSerializerContext;
