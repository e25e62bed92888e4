using System.Collections.Concurrent;

namespace Penstock.Jobs.Running;

/// <summary>
/// Starts a job's servers and says when rows may begin: not when all are up, since one that never answers would then hold every row back. Goes
/// on watching the others in the background, because their rows wait for them.
/// </summary>
internal sealed class ServerStart : IAsyncDisposable
{
    /// <summary>How often is looked while rows wait: nothing beside the start of a process.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>How often is looked for servers that come later.</summary>
    private static readonly TimeSpan LaterLook = TimeSpan.FromMilliseconds(250);

    /// <summary>When the user is told for the first time what is waited for, and how often from then on.</summary>
    private static readonly TimeSpan FirstTold = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ToldEvery = TimeSpan.FromSeconds(10);

    private readonly Job _job;
    private readonly JobEngine _engine;
    private readonly JobRunOptions _options;
    private readonly CancellationTokenSource _end;
    private readonly ConcurrentDictionary<string, ReadOnlyMemory<byte>> _schemas = new(StringComparer.Ordinal);

    // The watch's own.
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string? _toolServer;
    private readonly List<string> _untold = [];
    private Task _watch = Task.CompletedTask;

    /// <param name="job">The _job.</param>
    /// <param name="engine">Its _engine.</param>
    /// <param name="options">The clock, and who is told.</param>
    /// <param name="stop">Ends the waiting.</param>
    public ServerStart(Job job, JobEngine engine, JobRunOptions options, CancellationToken stop)
    {
        _job = job;
        _engine = engine;
        _options = options;
        _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _toolServer = _job.Call?.Tool is { } tool ? tool[..tool.IndexOf('/', StringComparison.Ordinal)] : null;
    }

    /// <summary>The schemas of the arguments, by <c>server/tool</c>, of the servers that have come up so far. Grows.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Schemas => _schemas;

    /// <summary>Starts the servers; returns as soon as rows can be served.</summary>
    /// <exception cref="JobException">No server is up, and none can become so.</exception>
    public Task RunAsync()
    {
        _watch = WatchAsync(_end.Token);
        return _ready.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        try
        {
            var started = _options.Clock.GetTimestamp();
            var told = FirstTold;
            var all = _engine.Start(stop);
            while (true)
            {
                // Asked once: what is listed before the start has ended says nothing of its end.
                var hasEnded = all.IsCompleted;
                var servers = hasEnded ? (await all.ConfigureAwait(false)).Servers : _engine.List();
                var isSettled = hasEnded || (servers.Count > 0 && servers.All(static s => IsUp(s) || s.State == ServerState.Failed));
                var waited = _options.Clock.GetElapsedTime(started);
                var isReady = Take(servers, isSettled, waited);
                if (isSettled)
                {
                    return;
                }

                if (waited >= told && (!isReady || _toolServer is null))
                {
                    told += ToldEvery;
                    Tell(servers, waited);
                }

                await Task.WhenAny(all, Task.Delay(isReady ? LaterLook : Look, _options.Clock, stop)).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            _ready.TrySetException(e);
            _ = _ready.Task.Exception;
        }
    }

    /// <summary>Takes over what has changed. Returns whether rows may begin.</summary>
    private bool Take(IReadOnlyList<ServerStatus> servers, bool isSettled, TimeSpan waited)
    {
        foreach (var server in servers)
        {
            if (IsUp(server) && _known.Add(server.Name))
            {
                foreach (var tool in server.Tools)
                {
                    _schemas[$"{server.Name}/{tool.Name}"] = tool.InputSchema;
                }
            }
        }

        // If none ever comes up, they are told together, at the end.
        _untold.AddRange(servers
            .Where(s => !IsUp(s) && (isSettled || s.State == ServerState.Failed) && _failed.Add(s.Name))
            .Select(s => _job.Secrets.Redact($"server '{s.Name}' did not start: {s.Failure ?? s.State.ToString()}")));
        if (_known.Count == 0 && isSettled)
        {
            throw new JobException(JobExitCode.NoServer, [.. _untold]);
        }

        var isReady = isSettled || (_toolServer is null ? _known.Count > 0 : _known.Contains(_toolServer) || IsLost(waited));
        if (isReady)
        {
            _untold.ForEach(f => _options.OnWarning?.Invoke(f));
            _untold.Clear();
            _ready.TrySetResult();
        }

        return isReady;
    }

    /// <summary>The only tool's server has failed: its rows fail with the reason. A moment is given to the others, so that the end of a job none of whose servers starts is not a matter of luck.</summary>
    private bool IsLost(TimeSpan waited) => _failed.Contains(_toolServer!) && (_known.Count > 0 || waited >= FirstTold);

    private void Tell(IReadOnlyList<ServerStatus> servers, TimeSpan waited)
    {
        string[] names = [.. servers.Where(static s => !IsUp(s) && s.State != ServerState.Failed).Select(static s => $"'{s.Name}'")];
        if (names.Length > 0)
        {
            var noun = names.Length == 1 ? "server" : "servers";
            _options.OnWarning?.Invoke(FormattableString.Invariant($"waiting for {noun} {string.Join(", ", names)} ({(long)waited.TotalSeconds} s)"));
        }
    }

    /// <summary>One that has been lost again was up: it is being started again.</summary>
    private static bool IsUp(ServerStatus server) => server.State is ServerState.Up or ServerState.Restarting;
}
