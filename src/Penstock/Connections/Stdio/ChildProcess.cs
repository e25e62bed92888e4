namespace Penstock.Connections.Stdio;

/// <summary>What to start.</summary>
/// <param name="Command">The program: a path, or a name on PATH.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">Variables over those that it inherits.</param>
/// <param name="WorkingDirectory">Its working directory; null = this process's.</param>
/// <param name="OnErrorOutput">Gets its error output, in pieces, an empty one at its end, on the poller's thread; must neither block nor throw.</param>
internal sealed record ChildStart(
    string Command,
    IReadOnlyList<string> Arguments,
    IDictionary<string, string> Environment,
    string? WorkingDirectory = null,
    Action<ReadOnlySpan<byte>>? OnErrorOutput = null);

/// <summary>
/// One server process with its pipes and all that it starts: its session, and what carries its mark elsewhere. Whoever starts one must
/// <see cref="StopAsync"/> it, or <see cref="Kill"/> it, and then dispose it; any thread may.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    // After SIGKILL a process goes within milliseconds, unless it hangs in the kernel; nobody waits longer for that.
    private static readonly TimeSpan KillWait = TimeSpan.FromSeconds(5);

    // How often to look for what is left of a tree. The kernel's time, so never a test's clock.
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(5);
    private const int MaxLooks = 200;

    private static readonly TreeSweep Sweep = new(Keeper.Shared.HostMark);
    private static long lastNumber;

    private readonly TimeProvider _clock;
    private readonly long _number;
    private readonly Pipes _pipes;
    private readonly ExitWatch _watch;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _stop;
    private Task _sweep = Task.CompletedTask;
    private bool _reaped;
    private long? _leftoversMayStayUntil;

    private ChildProcess(int pid, long number, Pipes pipes, ChildStart start, PipePoller poller, TimeProvider clock)
    {
        Id = pid;
        _number = number;
        _pipes = pipes;
        _clock = clock;
        Input = new PipeFdWriter(pipes.Input, poller);
        Output = new PipeFdReader(pipes.Output, poller);
        Errors = new StderrTail(pipes.Errors, poller, start.OnErrorOutput);

        // Last, since it may call back before this constructor has ended: then it waits for the lock.
        lock (_lock)
        {
            _watch = new ExitWatch(pid, poller, OnExit);
        }
    }

    /// <summary>The process's number, which is that of its group and session too.</summary>
    internal int Id { get; }

    /// <summary>To its standard input.</summary>
    internal PipeFdWriter Input { get; }

    /// <summary>From its standard output.</summary>
    internal PipeFdReader Output { get; }

    /// <summary>From its standard error.</summary>
    internal StderrTail Errors { get; }

    /// <summary>Completes when the process itself has ended; all of its error output has been taken by then.</summary>
    internal Task<ExitStatus> Exited => _exited.Task;

    /// <summary>Completes when, after that, nothing of its tree is left.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Starts a process.</summary>
    /// <exception cref="IOException">
    /// It could not be started; <see cref="FileNotFoundException"/> and <see cref="DirectoryNotFoundException"/> where something does not exist.
    /// </exception>
    internal static ChildProcess Start(ChildStart start, TimeProvider clock)
    {
        var poller = PipePoller.Shared;
        var file = CommandLookup.Find(start.Command, ChildEnvironment.PathOf(start.Environment), start.WorkingDirectory);
        var number = Interlocked.Increment(ref lastNumber);
        var environment = ChildEnvironment.Build(start.Environment, $"{Keeper.Shared.HostMark}.{number}");
        Keeper.Shared.EnsureStarted();

        var pipes = new Pipes();
        var pid = 0;
        try
        {
            pid = pipes.Start(file, [start.Command, .. start.Arguments], environment, start.WorkingDirectory);
            Keeper.Shared.Add(pid);
            return new ChildProcess(pid, number, pipes, start, poller, clock);
        }
        catch
        {
            pipes.Dispose();
            if (pid > 0)
            {
                _ = Native.kill(-pid, Native.SIGKILL);
                Keeper.Shared.Remove(pid);
                ExitWatch.Collect(pid);
            }

            throw;
        }
    }

    /// <summary>
    /// Ends the process and its tree: closes its input and waits; sends SIGTERM and waits again; sends SIGKILL. Later calls join the first.
    /// </summary>
    /// <param name="grace">The length of each wait.</param>
    internal Task StopAsync(TimeSpan grace)
    {
        lock (_lock)
        {
            return _stop ??= Task.Run(() => StopCoreAsync(grace));
        }
    }

    /// <summary>Ends the process and its tree at once. <see cref="Ended"/> tells when that is done.</summary>
    internal void Kill() => _ = SignalTree(Native.SIGKILL);

    /// <summary>Closes the pipes. The process sees that, but is not stopped by it.</summary>
    public void Dispose()
    {
        Input.Close();
        Output.Close();
    }

    private async Task StopCoreAsync(TimeSpan grace)
    {
        Input.Close();
        if (await EndsWithinAsync(grace, _clock).ConfigureAwait(false))
        {
            return;
        }

        lock (_lock)
        {
            _leftoversMayStayUntil = _clock.GetTimestamp() + (long)(grace.TotalSeconds * _clock.TimestampFrequency);
        }

        await SignalTree(Native.SIGTERM).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (await EndsWithinAsync(grace, _clock).ConfigureAwait(false))
        {
            return;
        }

        Kill();
        await EndsWithinAsync(KillWait, TimeProvider.System).ConfigureAwait(false);
    }

    private async Task<bool> EndsWithinAsync(TimeSpan time, TimeProvider clock)
    {
        try
        {
            await Ended.WaitAsync(time, clock).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    // Completes when what is outside the group was signalled too.
    private Task SignalTree(int signal)
    {
        lock (_lock)
        {
            SignalGroup(signal);
            return _reaped ? Task.CompletedTask : _sweep = Sweep.SignalAsync(Id, _number, signal);
        }
    }

    private void SignalGroup(int signal)
    {
        lock (_lock)
        {
            if (!_reaped)
            {
                _ = Native.kill(-Id, signal);
            }
        }
    }

    // On the poller's thread, as is the reading of the error output.
    private void OnExit(ExitStatus status)
    {
        Errors.OnReady();
        bool leftoversMayStay;
        lock (_lock)
        {
            leftoversMayStay = _leftoversMayStayUntil is not null;
        }

        if (!leftoversMayStay)
        {
            SignalGroup(Native.SIGKILL);
        }

        Input.SuspectPeer();
        _exited.TrySetResult(status);
        ThreadPool.UnsafeQueueUserWorkItem(static child => _ = child.EndAsync(), this, preferLocal: false);
    }

    private async Task EndAsync()
    {
        try
        {
            // Having been asked to end, they may use what is left of their grace although their leader was faster.
            while (LeftoversMayStay() && await Sweep.SignalAsync(Id, _number, signal: 0).ConfigureAwait(false) > 0)
            {
                await Task.Delay(LookInterval, TimeProvider.System).ConfigureAwait(false);
            }

            SignalGroup(Native.SIGKILL);
            for (var look = 0; look < MaxLooks && await Sweep.SignalAsync(Id, _number, Native.SIGKILL).ConfigureAwait(false) > 0; look++)
            {
                await Task.Delay(LookInterval, TimeProvider.System).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // /proc cannot be read, for want of descriptors for example: the group is dead, the keeper finds the rest.
        }

        Errors.Close();
        _pipes.ReturnWidth();
        Keeper.Shared.Remove(Id);
        while (!TryReap(out var sweep))
        {
            await sweep.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _ended.TrySetResult();
    }

    // False: somebody's signals are still under way, and must not meet a stranger that has been given the same number.
    private bool TryReap(out Task sweep)
    {
        lock (_lock)
        {
            sweep = _sweep;
            if (sweep.IsCompleted)
            {
                _reaped = true;
                _watch.Dispose();
            }

            return _reaped;
        }
    }

    private bool LeftoversMayStay()
    {
        lock (_lock)
        {
            return _leftoversMayStayUntil is { } until && _clock.GetTimestamp() < until;
        }
    }
}
