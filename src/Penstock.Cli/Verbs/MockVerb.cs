using System.CommandLine;
using Penstock.Cli.Streams;
using Penstock.Jobs.Config;
using Penstock.Testing;

namespace Penstock.Cli.Verbs;

/// <summary><c>penstock mock</c>: plays an MCP server on standard input and output.</summary>
internal static class MockVerb
{
    /// <summary>Of the mock server itself.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static Command Create()
    {
        var latency = Duration("--latency", "How long each call takes, for example 5ms. Default 0ms.");
        var jitter = Duration("--latency-jitter", "A further wait of random length below this, for each call, for example 2ms. Default 0ms.");
        var failRate = SharedOptions.Number("--fail-rate", "SHARE", "The share of calls that fail, 0 (default) to 1.", 0.0, 1.0);
        var seed = new Option<int>("--seed") { Description = "What its chances are drawn from.", HelpName = "N", DefaultValueFactory = static _ => 1 };
        var era = SharedOptions.Word<ProtocolEra>("--era");
        era.Description = "The protocol's era that it speaks: auto (both), modern or legacy.";
        era.HelpName = "ERA";
        var pageSize = SharedOptions.Number("--page-size", "N", "Tools per page of its list; 0 (default) = one page.", 0, 1_000_000);
        var verb = new Command("mock", "Plays an MCP server on standard input and output, for trials.\n\nExample, in a job file:\n  servers: { echo: { mock: { latency: 5ms } } }\nand as any server's command:\n  penstock mock --latency 5ms --fail-rate 0.01\n  penstock mock --era legacy --page-size 1")
        {
            latency, jitter, failRate, seed, era, pageSize,
        };
        verb.SetAction((parsed, _) => PlayAsync(new MockServerOptions
        {
            Latency = parsed.GetValue(latency),
            LatencyJitter = parsed.GetValue(jitter),
            FailureRate = parsed.GetValue(failRate),
            Seed = parsed.GetValue(seed),
            Era = parsed.GetValue(era),
            PageSize = parsed.GetValue(pageSize),
        }));
        return verb;
    }

    private static async Task<int> PlayAsync(MockServerOptions options)
    {
        using var signals = new StopSignals();
        return await MockCommand.RunAsync(
            options, Console.OpenStandardInput(), Console.OpenStandardOutput(), Console.Error, signals.Stop).ConfigureAwait(false);
    }

    private static Option<TimeSpan> Duration(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result =>
        {
            if (!Quantity.TryDuration(result.Tokens[0].Value, out var value) || value > Longest)
            {
                result.AddError($"{name} '{result.Tokens[0].Value}' is not valid; use 0ms to {Quantity.Format(Longest)}, as {Quantity.DurationForm}");
            }

            return value;
        },
    };
}
