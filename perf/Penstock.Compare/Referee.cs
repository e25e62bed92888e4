using System.Text.Json;

namespace Penstock.Compare;

/// <summary>
/// Lets contenders take turns. For each era and each number in flight all start, are warmed one after the other, and then run their
/// repetitions A B C A B C …, so that whatever else the machine does falls on all of them alike. While one runs, the others wait for a line.
/// </summary>
internal sealed class Referee(CompareOptions options, IReadOnlyList<string> server, TextWriter progress)
{
    private readonly List<Measurement> _measurements = [];
    private readonly List<string> _failures = [];

    public IReadOnlyList<Measurement> Measurements => _measurements;

    /// <summary>Contenders that could not run to the end, and why, in words.</summary>
    public IReadOnlyList<string> Failures => _failures;

    public async Task RunAsync(CancellationToken stop)
    {
        await using var json = options.JsonPath is null ? null : new StreamWriter(options.JsonPath);
        foreach (var era in options.Eras)
        {
            foreach (var inFlight in options.InFlight)
            {
                await RoundAsync(Lineup.Entrants(options, era, inFlight, server), json, stop);
            }
        }
    }

    private async Task RoundAsync(IReadOnlyList<ContenderSpec> specs, StreamWriter? json, CancellationToken stop)
    {
        var entrants = new List<(ContenderProcess Process, long Calls)>();
        try
        {
            foreach (var spec in specs)
            {
                await EnterAsync(spec, entrants, stop);
            }

            for (var repetition = 1; repetition <= options.Repetitions; repetition++)
            {
                foreach (var (process, calls) in entrants.ToArray())
                {
                    var measurement = await TryAsync(process.Spec, () => MeasureAsync(process, calls, stop));
                    if (measurement is null)
                    {
                        entrants.RemoveAll(e => e.Process == process);
                        await process.DisposeAsync();
                        continue;
                    }

                    _measurements.Add(measurement);
                    Tell(process.Spec, $"{repetition}/{options.Repetitions}: {measurement.CallsPerS:N0} calls/s, {measurement.ClientCpuUsPerCall:N2} µs, {measurement.AllocBytesPerCall:N0} B per call");
                    json?.WriteLine(JsonSerializer.Serialize(measurement, CompareJson.Default.Measurement));
                    json?.Flush();
                }
            }
        }
        finally
        {
            foreach (var (process, _) in entrants)
            {
                await process.DisposeAsync();
            }
        }
    }

    private async Task EnterAsync(ContenderSpec spec, List<(ContenderProcess Process, long Calls)> entrants, CancellationToken stop)
    {
        var process = ContenderProcess.Start(spec);
        var speed = await TryAsync(spec, async () => (double?)await process.WarmAsync(options.WarmUp, stop));
        if (speed is null)
        {
            await process.DisposeAsync();
            return;
        }

        Tell(spec, $"warm, {speed:N0} calls/s");
        entrants.Add((process, options.Calls > 0 ? options.Calls : Math.Max(1000, (long)(speed.Value * options.RepetitionTime.TotalSeconds))));
    }

    private async Task<Measurement?> MeasureAsync(ContenderProcess process, long calls, CancellationToken stop) =>
        options.Scenario == Lineup.Echo
            ? await process.MeasureCallsAsync(calls, stop)
            : await process.MeasureTimeAsync(options.RepetitionTime, stop);

    private async Task<T?> TryAsync<T>(ContenderSpec spec, Func<Task<T?>> body)
    {
        try
        {
            return await body();
        }
        catch (InvalidDataException e)
        {
            _failures.Add($"{spec.Contender} ({spec.Scenario}, {spec.Era}, {spec.InFlight} in flight): {e.Message}");
            Tell(spec, $"failed: {e.Message}");
            return default;
        }
    }

    private void Tell(ContenderSpec spec, string what) =>
        progress.WriteLine($"{spec.Scenario} {spec.Era} {spec.InFlight,5} {spec.Contender,-10} {what}");
}
