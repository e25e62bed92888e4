using System.Globalization;
using Penstock.Jobs.Config;

namespace Penstock.Jobs;

/// <summary>A server that the <c>penstock mock</c> command plays. What is null takes that command's default.</summary>
public sealed record JobMock
{
    /// <summary>How long each call takes. 0 to 1 h.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>A further wait of random length below this, for each call. 0 to 1 h.</summary>
    public TimeSpan? LatencyJitter { get; init; }

    /// <summary>The share of calls that fail. 0 to 1.</summary>
    public double? FailRate { get; init; }

    /// <summary>What its chances are drawn from.</summary>
    public int? Seed { get; init; }

    /// <summary>The era it speaks; null = both.</summary>
    public ProtocolEra? Era { get; init; }

    /// <summary>Tools per page of its list. 1 to 1,000,000.</summary>
    public int? PageSize { get; init; }

    /// <summary>The options of <c>penstock mock</c> that say the same.</summary>
    public IReadOnlyList<string> ToArguments()
    {
        var arguments = new List<string>();
        Add("--latency", Latency is { } latency ? Quantity.Format(latency) : null);
        Add("--latency-jitter", LatencyJitter is { } jitter ? Quantity.Format(jitter) : null);
        Add("--fail-rate", FailRate?.ToString("R", CultureInfo.InvariantCulture));
        Add("--seed", Seed?.ToString(CultureInfo.InvariantCulture));
        Add("--era", Era is { } era ? ServersReader.EraWord(era) : null);
        Add("--page-size", PageSize?.ToString(CultureInfo.InvariantCulture));
        return arguments;

        void Add(string option, string? value)
        {
            if (value is not null)
            {
                arguments.Add(option);
                arguments.Add(value);
            }
        }
    }
}
