namespace Penstock.Compare;

/// <summary>One invocation, as the user wrote it.</summary>
internal sealed record CompareOptions
{
    public required string Scenario { get; init; }

    public required IReadOnlyList<string> Contenders { get; init; }

    public required IReadOnlyList<string> Eras { get; init; }

    public required IReadOnlyList<int> InFlight { get; init; }

    /// <summary>Calls of one repetition; 0 = as many as the contender makes in <see cref="RepetitionTime"/>, by its speed when warm.</summary>
    public required long Calls { get; init; }

    public required TimeSpan RepetitionTime { get; init; }

    public required int Repetitions { get; init; }

    public required TimeSpan WarmUp { get; init; }

    /// <summary>The server's command line; null = the native echo server.</summary>
    public string? Server { get; init; }

    public string? JsonPath { get; init; }

    public string? MarkdownPath { get; init; }

    /// <summary>Write to <c>perf/results</c>, dated so; null = do not.</summary>
    public string? ResultsDate { get; init; }
}
