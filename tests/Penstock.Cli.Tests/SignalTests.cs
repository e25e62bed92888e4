using System.Globalization;
using Penstock.Cli.Verbs;
using Penstock.Testing;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>Ctrl-C, SIGTERM and a terminal that goes, during a job that would take for ever.</summary>
public sealed class SignalTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task Run_FirstSignal_FinishesWhatIsInFlightAndEndsWith130(string signal)
    {
        using var folder = new JobFolder().WriteEchoJob(1_000_000_000, "latency: 20ms", $"# {signal}");
        using var command = RunningCommand.Start(folder.Path, "run", "job.yaml", "--report", "report.json");
        await GrowsAsync(folder.Of("out.jsonl"));
        command.Signal(signal);
        var end = (await command.EndAsync()).Expect(130);
        Assert.Contains("penstock: stopping: ", end.Errors, StringComparison.Ordinal);
        var rows = folder.Rows();
        Assert.Equal(Enumerable.Range(0, rows.Count).Select(static i => (long)i), rows);
        Assert.Empty(folder.Records("out.errors.jsonl"));
        var report = folder.Json("report.json");
        Assert.Equal(130, report.GetProperty("exit_code").GetInt32());
        Assert.Equal((rows.Count, 1_000_000_000L - rows.Count), (report.GetProperty("rows").GetInt64(), report.GetProperty("not_run").GetInt64()));
    }

    [Fact]
    public async Task Run_SecondSignal_AbortsWhatIsInFlight()
    {
        using var folder = new JobFolder().WriteEchoJob(1_000_000, "latency: 1h", "pipeline: { callTimeout: 24h }");
        using var command = RunningCommand.Start(folder.Path, "run", "job.yaml", "--set", "servers.m.maxInFlight=16");
        await AppearsAsync(folder.Of("out.jsonl"));
        command.Signal("INT");
        await command.SaidAsync("stopping");
        command.Signal("INT");
        var end = (await command.EndAsync()).Expect(130);
        Assert.Contains("penstock: aborting", end.Errors, StringComparison.Ordinal);
        Assert.Empty(folder.Records("out.jsonl"));

        // Sent or not, each row that was read has its record.
        var rows = folder.Rows();
        Assert.Equal(Enumerable.Range(0, rows.Count).Select(static i => (long)i), rows);
        var errors = folder.Records("out.errors.jsonl").Select(static r => r.GetProperty("error")).ToList();
        Assert.All(errors, static e => Assert.Equal("cancelled", e.GetProperty("type").GetString()));
        var maybe = errors.Count(static e => e.GetProperty("executed").GetString() == "maybe");
        var told = maybe == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"  {maybe:N0} of them may have run");
        Assert.Matches(string.Create(CultureInfo.InvariantCulture, $"(?m)^failed +{rows.Count:N0}{told}$"), end.Errors);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{1_000_000 - rows.Count:N0}  from row {rows.Count:N0}\n"), end.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SignalWhileStandardInputIsSilent_Ends()
    {
        const string Seed = "918273645";
        using var folder = new JobFolder().WriteEchoJob(1, $"seed: {Seed}");
        using var command = RunningCommand.StartWithOpenInput(folder.Path, "run", "job.yaml", "--set", "input={ path: '-' }");
        await ProcessTree.AppearAsync(Seed, 1);
        command.Signal("INT");
        await command.SaidAsync("stopping");
        (await command.EndAsync()).Expect(130);
        Assert.Empty(folder.Rows());
    }

    /// <summary>Whoever opens a pipe waits for its other end, and nothing wakes him.</summary>
    [Fact]
    public async Task EndsAsync_RunThatAnAbortDoesNotEnd_IsLeftAfterAMoment()
    {
        var clock = new ManualTimeProvider();
        using var abort = new CancellationTokenSource();
        var stuck = new TaskCompletionSource();
        var ends = RunVerb.EndsAsync(stuck.Task, clock, abort.Token);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.False(ends.IsCompleted);

        await abort.CancelAsync();
        await clock.WaitForTimersAsync(1).WaitAsync(RunningCommand.Limit);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.StartsWith("aborted, but an input or output", await ends.WaitAsync(RunningCommand.Limit), StringComparison.Ordinal);

        Assert.Null(await RunVerb.EndsAsync(Task.CompletedTask, clock, abort.Token));
    }

    private static Task AppearsAsync(string path) => UntilAsync(() => File.Exists(path));

    private static Task GrowsAsync(string path) => UntilAsync(() => File.Exists(path) && new FileInfo(path).Length > 0);

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(RunningCommand.Limit);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!isSo())
        {
            await look.WaitForNextTickAsync(limit.Token);
        }
    }
}
