using System.Globalization;
using System.Text;

namespace Penstock.Compare;

/// <summary>
/// Measurements as a markdown table. Figures are medians of the repetitions; ratios are medians of the ratios of repetitions that ran side
/// by side, so that a slow moment of the machine, which hits both, cancels out.
/// </summary>
internal static class ResultTable
{
    public static string Write(IReadOnlyList<Measurement> all, IReadOnlyList<string> failures)
    {
        var text = new StringBuilder();
        foreach (var era in all.GroupBy(static m => m.Era))
        {
            foreach (var round in era.GroupBy(static m => m.InFlight))
            {
                WriteRound(text, [.. round], $"{era.Key} era, {round.Key} in flight");
            }
        }

        foreach (var failure in failures)
        {
            text.Append(CultureInfo.InvariantCulture, $"Not measured: {failure}\n");
        }

        return text.ToString();
    }

    private static void WriteRound(StringBuilder text, IReadOnlyList<Measurement> round, string title)
    {
        var groups = round.GroupBy(static m => (m.Scenario, m.Contender)).ToDictionary(static g => g.Key, static g => g.ToArray());
        var hasStragglers = round.Any(static m => m.Scenario == Lineup.Stragglers);
        text.Append(CultureInfo.InvariantCulture, $"{title}:\n\n");
        text.Append("| contender | calls/s | min – max | client CPU, µs/call | allocated, B/call | gen 0 | p50, µs | p99, µs | peak RSS, MB ");
        text.Append("| speed ÷ sdk | CPU ÷ sdk | speed ÷ raw | CPU ÷ raw |");
        text.Append(hasStragglers ? " speed ÷ own without stragglers |\n" : "\n");
        text.Append("|---|").Append(string.Concat(Enumerable.Repeat("--:|", hasStragglers ? 13 : 12))).Append('\n');
        foreach (var ((scenario, contender), rows) in groups)
        {
            var name = scenario == Lineup.Stragglers ? $"{contender}, 1 % late" : contender;
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {Number(Median(rows, static m => m.CallsPerS))} | {Number(rows.Min(static m => m.CallsPerS))} – {Number(rows.Max(static m => m.CallsPerS))} ");
            foreach (var figure in (ReadOnlySpan<Func<Measurement, double>>)
                [static m => m.ClientCpuUsPerCall, static m => m.AllocBytesPerCall, static m => m.Gen0, static m => m.P50Us, static m => m.P99Us, static m => m.PeakRssMb])
            {
                text.Append(CultureInfo.InvariantCulture, $"| {Number(Median(rows, figure))} ");
            }

            foreach (var peer in (ReadOnlySpan<string>)["sdk", "raw"])
            {
                var beside = groups.GetValueOrDefault((scenario, peer));
                text.Append(CultureInfo.InvariantCulture, $"| {Ratio(rows, beside, static m => m.CallsPerS)} | {Ratio(rows, beside, static m => m.ClientCpuUsPerCall)} ");
            }

            if (hasStragglers)
            {
                var without = scenario == Lineup.Stragglers ? groups.GetValueOrDefault((Lineup.StragglersWithout, contender)) : null;
                text.Append(CultureInfo.InvariantCulture, $"| {Ratio(rows, without, static m => m.CallsPerS)} ");
            }

            text.Append("|\n");
        }

        text.Append('\n');
    }

    public static string Ratio<T>(T[] rows, T[]? beside, Func<T, double> figure)
    {
        var pairs = rows.Zip(beside ?? [], (a, b) => figure(a) / figure(b)).ToArray();
        return pairs.Length == 0 ? "" : Number(Median(pairs));
    }

    public static double Median<T>(T[] rows, Func<T, double> figure) => Median([.. rows.Select(figure)]);

    private static double Median(double[] values)
    {
        Array.Sort(values);
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /// <summary>Three digits that mean something.</summary>
    public static string Number(double value) => value switch
    {
        >= 100 => value.ToString("#,##0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 0.1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };
}
