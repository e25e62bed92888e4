using System.CommandLine;
using System.CommandLine.Parsing;
using Penstock.Jobs;
using Penstock.Jobs.Config;
using Penstock.Testing;

namespace Penstock.Cli;

/// <summary><c>penstock mock</c>: plays an MCP server on standard input and output.</summary>
internal static class MockVerb
{
    public static Command Create()
    {
        var latency = Duration("--latency", "How long each call takes, for example 5ms.");
        var jitter = Duration("--latency-jitter", "How far each call's time strays from it, to either side.");
        var failRate = new Option<double>("--fail-rate") { Description = "The share of calls that fail, 0 to 1.", HelpName = "SHARE" };
        var seed = new Option<int>("--seed") { Description = "What its chances are drawn from.", HelpName = "N", DefaultValueFactory = static _ => 1 };
        var era = new Option<ProtocolEra>("--era") { Description = "The protocol's era that it speaks: auto (both), modern or legacy.", HelpName = "ERA" };
        var pageSize = new Option<int>("--page-size") { Description = "Tools per page of its list; 0 = one page.", HelpName = "N" };
        failRate.Validators.Add(result => Check(result, failRate, static v => v is >= 0 and <= 1, "--fail-rate must be 0 to 1"));
        pageSize.Validators.Add(result => Check(result, pageSize, static v => v >= 0, "--page-size must be 0 or more"));
        var verb = new Command("mock", "Plays an MCP server on standard input and output, for trying things out.\n\nExample, in a job file:\n  servers: { echo: { mock: { latency: 5ms } } }\nand as any server's command:\n  penstock mock --latency 5ms --fail-rate 0.01")
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
            if (!Quantity.TryDuration(result.Tokens[0].Value, out var value))
            {
                result.AddError($"{name} '{result.Tokens[0].Value}' is no duration; use {Quantity.DurationForm}");
            }

            return value;
        },
    };

    private static void Check<T>(OptionResult result, Option<T> option, Func<T, bool> isValid, string problem)
    {
        // A value that does not parse has its own error already.
        if (!result.Errors.Any() && result.GetValue(option) is { } value && !isValid(value))
        {
            result.AddError(problem);
        }
    }
}
