using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Penstock.Compare;

/// <summary>The referee's end of a contender's process: one line out, one line back.</summary>
internal sealed class ContenderProcess : IAsyncDisposable
{
    /// <summary>The first word of a contender's command line; the second is its <see cref="ContenderSpec"/> as JSON.</summary>
    public const string Verb = "contend";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly Process _process;

    private ContenderProcess(ContenderSpec spec, Process process)
    {
        Spec = spec;
        _process = process;
    }

    public ContenderSpec Spec { get; }

    public static ContenderProcess Start(ContenderSpec spec)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ContenderProcess).Assembly.Location);
        }

        start.ArgumentList.Add(Verb);
        start.ArgumentList.Add(JsonSerializer.Serialize(spec, CompareJson.Default.ContenderSpec));
        foreach (var (name, value) in Lineup.Variables(spec.Contender))
        {
            start.Environment[name] = value;
        }

        return new ContenderProcess(spec, Process.Start(start)!);
    }

    /// <summary>Runs for so long and tells the speed of the second half.</summary>
    public async Task<double> WarmAsync(TimeSpan time, CancellationToken stop) =>
        (await AskAsync(string.Create(CultureInfo.InvariantCulture, $"warm {time.TotalSeconds}"), time, stop)).CallsPerSecond;

    public async Task<Measurement> MeasureCallsAsync(long calls, CancellationToken stop) =>
        (await AskAsync($"calls {calls}", TimeSpan.Zero, stop)).Measurement!;

    public async Task<Measurement> MeasureTimeAsync(TimeSpan time, CancellationToken stop) =>
        (await AskAsync(string.Create(CultureInfo.InvariantCulture, $"seconds {time.TotalSeconds}"), time, stop)).Measurement!;

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    /// <exception cref="InvalidDataException">The contender cannot go on; the message says why.</exception>
    private async Task<ContenderReply> AskAsync(string order, TimeSpan expected, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(expected + Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        try
        {
            await _process.StandardInput.WriteLineAsync(order.AsMemory(), either.Token);
            await _process.StandardInput.FlushAsync(either.Token);
            var line = await _process.StandardOutput.ReadLineAsync(either.Token);
            var reply = line is null ? null : JsonSerializer.Deserialize(line, CompareJson.Default.ContenderReply);
            return reply is { Error: null } ? reply : throw new InvalidDataException(reply?.Error ?? "Its process ended.");
        }
        catch (IOException)
        {
            // It refused to start: the reason is the one line that it wrote before it ended.
            var last = await _process.StandardOutput.ReadLineAsync(either.Token);
            throw new InvalidDataException(
                (last is null ? null : JsonSerializer.Deserialize(last, CompareJson.Default.ContenderReply)?.Error) ?? "Its process ended.");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new InvalidDataException($"No answer to '{order}' in {expected + Patience}.");
        }
    }
}
