using Penstock.Jobs.Running;
using Penstock.Testing;
using Xunit;

namespace Penstock.Jobs.Tests.Running;

/// <summary>When rows may begin, what a stop and an abort leave behind, and what is told meanwhile.</summary>
public sealed class JobStopAndStartTests : JobRun
{
    [Fact]
    public async Task RunAsync_NoServerUp_IsNoServerAndLeavesNoFiles()
    {
        var engine = new FakeEngine(static (_, _) => Outcome.Ok()) { Servers = [FakeEngine.Status("echo", ServerState.Failed, "exited with code 1")] };

        var e = await Assert.ThrowsAsync<JobException>(() => RunAsync("range: 1", engine));

        Assert.Equal(JobExitCode.NoServer, e.ExitCode);
        Assert.Contains("server 'echo' did not start: exited with code 1", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Output));
        Assert.True(engine.IsDisposed);
    }

    [Fact]
    public async Task RunAsync_SomeServersUp_WarnsAndGoesOn()
    {
        var engine = new FakeEngine(static (_, _) => Outcome.Ok())
        {
            Servers = [FakeEngine.Status("echo", ServerState.Up), FakeEngine.Status("geo", ServerState.Failed, "no such file")],
        };
        var warnings = new List<string>();

        var summary = await RunAsync("range: 1", engine, options: new JobRunOptions { OnWarning = warnings.Add });

        Assert.Equal(JobExitCode.Ok, summary.ExitCode);
        Assert.Equal("server 'geo' did not start: no such file", Assert.Single(warnings));
    }

    [Fact]
    public async Task RunAsync_Stop_FinishesWhatWasTakenAndCountsTheRest()
    {
        using var stop = new CancellationTokenSource();
        var engine = new FakeEngine((_, i) => Stop(stop, i == 3));

        var summary = await RunAsync("range: 10", engine, stop: stop.Token);

        Assert.Equal((JobExitCode.Stopped, 4, 6), (summary.ExitCode, summary.Ok, summary.NotRun));
        Assert.NotNull(summary.StopReason);
        Assert.Equal([0, 1, 2, 3], Rows(Output));
    }

    [Fact]
    public async Task RunAsync_StopInAFile_CountsTheRestOfItsRows()
    {
        Folder.Write("in.jsonl", string.Concat(Enumerable.Repeat("{\"tool\":\"echo/a\"}\n\n", 50)));
        using var stop = new CancellationTokenSource();
        var engine = new FakeEngine((_, i) => Stop(stop, i == 9));

        var summary = await RunAsync($"path: {Folder.Of("in.jsonl")}", engine, call: false, stop: stop.Token);

        Assert.Equal((10, 40, 10), (summary.Ok, summary.NotRun, summary.FirstNotRun));
    }

    [Fact]
    public async Task RunAsync_StopAfterTheLastRow_StoppedNothing()
    {
        using var stop = new CancellationTokenSource();
        var engine = new FakeEngine((_, i) => Stop(stop, i == 9));

        var summary = await RunAsync("range: 10", engine, stop: stop.Token);

        Assert.Equal((JobExitCode.Ok, 0), (summary.ExitCode, summary.NotRun));
    }

    [Fact]
    public async Task RunAsync_Abort_EndsAtOnceAndKeepsWhatIsRecorded()
    {
        using var abort = new CancellationTokenSource();
        var engine = new FakeEngine((_, i) => Stop(abort, i == 3));

        var summary = await RunAsync("range: 10", engine, abort: abort.Token);

        Assert.Equal((JobExitCode.Stopped, 4, 6), (summary.ExitCode, summary.Ok, summary.NotRun));
        Assert.Equal(4, Rows(Output).Count);
    }

    [Fact]
    public async Task RunAsync_Abort_RecordsEveryCallThatWasTaken()
    {
        using var abort = new CancellationTokenSource();

        // What the engine has of the source when it is stopped: one call sent, one not.
        var cut = new FakeEngine((_, i) => i switch
        {
            0 => Outcome.Ok(),
            1 => new Outcome(new CallFault(FaultType.Cancelled, Executed.Maybe, FaultOrigin.Local, retryable: false), "the pipeline is stopped"),
            _ => Stop(abort, i == 2, new Outcome(new CallFault(FaultType.Cancelled, Executed.No, FaultOrigin.Local, retryable: false), "cancelled before it was sent", Attempts: 0)),
        });

        var summary = await RunAsync("range: 10", cut, abort: abort.Token);

        Assert.Equal((JobExitCode.Stopped, 1, 2, 1), (summary.ExitCode, summary.Ok, summary.Failed, summary.MayHaveRun));
        Assert.Equal((7, 3), (summary.NotRun, summary.FirstNotRun));
        Assert.Equal("aborted before the end of the input", summary.StopReason);
        Assert.Equal([1, 2], Rows(Errors));
        Assert.True(cut.IsDisposed);
    }

    [Fact]
    public async Task RunAsync_AbortWithCallsInFlight_RecordsThemAsPerhapsExecuted()
    {
        using var server = new LoopbackServer();
        server.Hold();
        var pipeline = new ToolPipelineBuilder().AddServer("echo", s =>
        {
            s.Transport = server.Transport;
            s.MaxInFlight = 4;
        }).Build();
        using var abort = new CancellationTokenSource();
        var runner = new JobRunner(Load("range: 1000000", call: true, Output), new JobRunOptions(), (_, _) => JobEngine.Of(pipeline));
        var run = runner.RunAsync(abort: abort.Token);
        await server.WaitForHeldAsync(4).WaitAsync(Hang);
        await abort.CancelAsync();
        var summary = await run.WaitAsync(Hang);

        Assert.Equal((JobExitCode.Stopped, 0, 4), (summary.ExitCode, summary.Ok, summary.MayHaveRun));
        Assert.Equal(1_000_000 - summary.Failed, summary.NotRun);
        Assert.Equal(Enumerable.Range(0, (int)summary.Failed).Select(static i => (long)i), Rows(Errors).Order());
        Assert.Equal(4, File.ReadLines(Errors).Count(static l => l.Contains("\"executed\":\"maybe\"", StringComparison.Ordinal)));
    }

    /// <summary>What was listed a moment before the start ended is old: the server is not "Starting" for ever.</summary>
    [Fact]
    public async Task RunAsync_StartThatEndsWhileServersAreListed_SeesThemUp()
    {
        var settled = new TaskCompletionSource();
        var fake = new FakeEngine(static (_, _) => Outcome.Ok()) { Servers = [FakeEngine.Status("echo", ServerState.Starting)], Settled = settled.Task };
        var engine = fake.Create() with
        {
            List = () =>
            {
                var listed = fake.Servers;
                if (!settled.Task.IsCompleted)
                {
                    fake.Servers = [FakeEngine.Status("echo", ServerState.Up)];
                    settled.SetResult();
                }

                return listed;
            },
        };
        var summary = await new JobRunner(Load("range: 3", call: true, Output), new JobRunOptions(), (_, _) => engine).RunAsync().WaitAsync(Hang);
        Assert.Equal((JobExitCode.Ok, 3), (summary.ExitCode, summary.Ok));
    }

    [Fact]
    public async Task RunAsync_ServerThatNeverAnswers_HoldsNoOtherServersRowsBack()
    {
        var settled = new TaskCompletionSource();
        var engine = new FakeEngine(static (_, _) => Outcome.Ok())
        {
            Servers = [FakeEngine.Status("echo", ServerState.Up), FakeEngine.Status("hush", ServerState.Starting)],
            Settled = settled.Task,
        };

        var summary = await RunAsync("range: 3", engine).WaitAsync(Hang);

        Assert.Equal((JobExitCode.Ok, 3), (summary.ExitCode, summary.Ok));
        Assert.False(settled.Task.IsCompleted);
    }

    [Fact]
    public async Task RunAsync_ToolsServerIsStarting_WaitsAndTellsForWhom()
    {
        var clock = new ManualTimeProvider();
        var engine = new FakeEngine(static (_, _) => Outcome.Ok())
        {
            Servers = [FakeEngine.Status("echo", ServerState.Starting), FakeEngine.Status("geo", ServerState.Up)],
            Settled = new TaskCompletionSource().Task,
        };
        var warned = new TaskCompletionSource<string>();
        var run = RunAsync("range: 3", engine, options: new JobRunOptions { Clock = clock, OnWarning = w => warned.TrySetResult(w) });
        while (!warned.Task.IsCompleted)
        {
            Assert.False(run.IsCompleted);
            await clock.WaitForTimersAsync(1).WaitAsync(Hang);
            clock.Advance(TimeSpan.FromMilliseconds(20));
        }

        Assert.Equal("waiting for server 'echo' (3 s)", await warned.Task);
        engine.Servers = [FakeEngine.Status("echo", ServerState.Up), FakeEngine.Status("geo", ServerState.Up)];
        while (await Task.WhenAny(run, clock.WaitForTimersAsync(1)).WaitAsync(Hang) != run)
        {
            clock.Advance(TimeSpan.FromMilliseconds(20));
        }

        Assert.Equal(3, (await run).Ok);
    }

    [Fact]
    public async Task RunAsync_EveryServerHasFailed_IsNoServerHoweverLateTheEngineSaysSo()
    {
        var engine = new FakeEngine(static (_, _) => Outcome.Ok())
        {
            Servers = [FakeEngine.Status("echo", ServerState.Failed, "exited with code 1")],
            Settled = new TaskCompletionSource().Task,
        };

        var e = await Assert.ThrowsAsync<JobException>(() => RunAsync("range: 3", engine).WaitAsync(Hang));

        Assert.Equal(JobExitCode.NoServer, e.ExitCode);
    }

    [Fact]
    public async Task RunAsync_StopWhileWaitingForServers_EndsBeforeTheFirstRow()
    {
        using var stop = new CancellationTokenSource();
        var engine = new FakeEngine(static (_, _) => Outcome.Ok())
        {
            Servers = [FakeEngine.Status("echo", ServerState.Starting)],
            Settled = new TaskCompletionSource().Task,
        };
        var run = RunAsync("range: 3", engine, stop: stop.Token);
        await stop.CancelAsync();

        Assert.Equal(JobExitCode.Stopped, (await Assert.ThrowsAsync<JobException>(() => run.WaitAsync(Hang))).ExitCode);
        Assert.True(engine.IsDisposed);
    }

    [Fact]
    public async Task RunAsync_Progress_CountsWhatHasEndedAndNotWhatWasReadAhead()
    {
        var clock = new ManualTimeProvider();
        Folder.Write("in.jsonl", string.Concat(Enumerable.Repeat("{\"tool\":\"echo/a\"}\n", 100)));
        var told = new List<JobProgress>();
        var engine = new FakeEngine((_, i) =>
        {
            if (i == 50)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
            }

            return Outcome.Ok();
        })
        {
            Servers = [FakeEngine.Status("echo", ServerState.Up) with { InFlight = 30 }],
        };

        await RunAsync($"path: {Folder.Of("in.jsonl")}", engine, call: false, options: new JobRunOptions { Clock = clock, OnProgress = told.Add });

        // 51 rows are read and 50 have a record; the one between cannot be in flight 30 times.
        var progress = Assert.Single(told);
        Assert.Equal((50, 1, 0), (progress.Done, progress.InFlight, progress.Waiting));
        Assert.Equal(0.5, progress.Fraction!.Value, 6);
    }
}
