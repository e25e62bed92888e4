using System.Globalization;
using System.Text.Json;

namespace Penstock.Compare;

/// <summary>The contender's own process: reads orders, one a line, and answers each with one line of JSON. Ends with its input.</summary>
internal sealed class ContenderHost(ContenderSpec spec, Contender contender)
{
    public static async Task<int> RunAsync(string json, TextReader orders, TextWriter answers)
    {
        var spec = JsonSerializer.Deserialize(json, CompareJson.Default.ContenderSpec)!;
        try
        {
            await using var contender = Lineup.Create(spec);
            await new ContenderHost(spec, contender).ServeAsync(orders, answers);
            return 0;
        }
#pragma warning disable CA1031 // whatever ends a contender is told to the referee, in words
        catch (Exception e)
#pragma warning restore CA1031
        {
            Answer(answers, new ContenderReply(Error: $"{e.GetType().Name}: {e.Message}"));
            return 1;
        }
    }

    private async Task ServeAsync(TextReader orders, TextWriter answers)
    {
        await contender.StartAsync(CancellationToken.None);
        while (await orders.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            var amount = double.Parse(words[1], CultureInfo.InvariantCulture);
            Answer(answers, words[0] switch
            {
                "warm" => await WarmAsync(amount),
                "calls" => new ContenderReply(Measurement: await CountedAsync((long)amount)),
                "seconds" => new ContenderReply(Measurement: await TimedAsync(amount)),
                _ => new ContenderReply(Error: $"What is '{line}'?"),
            });
        }
    }

    private async Task<ContenderReply> WarmAsync(double seconds)
    {
        var start = Clock.Now;
        var end = start + (long)(seconds * 1e9);
        var recorder = new Recorder((start + end) / 2, end, SlowNs);
        await contender.RunAsync(CallSource.Until(end), recorder, CancellationToken.None);
        return new ContenderReply(CallsPerSecond: recorder.CallsPerSecondInWindow);
    }

    private async Task<Measurement> CountedAsync(long calls)
    {
        var recorder = new Recorder(0, long.MaxValue, SlowNs);
        var usage = Usage.Start();
        await contender.RunAsync(CallSource.Counted(calls), recorder, CancellationToken.None);
        return usage.Stop(spec, recorder, callsPerSecond: null);
    }

    /// <summary>The speed is that of the calls which the server answers at once, after a first stretch in which the stragglers gather.</summary>
    private async Task<Measurement> TimedAsync(double seconds)
    {
        var from = Clock.Now + (long)(Lineup.StragglerMs * 1.25 * 1e6);
        var to = from + (long)(seconds * 1e9);
        var recorder = new Recorder(from, to, SlowNs);
        var usage = Usage.Start();
        await contender.RunAsync(CallSource.Until(to), recorder, CancellationToken.None);
        return usage.Stop(spec, recorder, recorder.CallsPerSecondInWindow);
    }

    private long SlowNs => spec.SleepMs > 0 ? spec.SleepMs * 1_000_000L : long.MaxValue;

    private static void Answer(TextWriter answers, ContenderReply reply)
    {
        answers.WriteLine(JsonSerializer.Serialize(reply, CompareJson.Default.ContenderReply));
        answers.Flush();
    }
}
