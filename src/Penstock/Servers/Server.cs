using System.Collections.Concurrent;
using Penstock.Calls;
using Penstock.Connections;
using Penstock.Memory;

namespace Penstock.Servers;

// Room Servers: who is in the fleet, who is healthy, who gets the next slab. Never touches dataflow or bytes.

/// <summary>What queues calls for a server: told when more may be sent.</summary>
internal interface IServerQueue
{
    /// <summary>Calls that wait.</summary>
    int Waiting { get; }

    /// <summary>There is room, or the server's state changed.</summary>
    void Pump();

    /// <summary>Calls come back that were never sent. The slab is handed over.</summary>
    void Return(Slab slab);
}

/// <summary>One server of the fleet: its options as written, its tools as a snapshot, its replicas.</summary>
internal sealed class Server
{
    /// <summary>Names beyond the listed ones that are remembered; past it a row with a wrong name costs an object of its own.</summary>
    private const int MaxUnlistedTools = 10_000;

    private readonly ConcurrentDictionary<string, ServerTool> _toolsByName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ServerTool>.AlternateLookup<ReadOnlySpan<char>> _toolLookup;
    private readonly Replica[] _replicas;
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _clock;
    private readonly long _created;
    private long _upAfter;
    private volatile bool _isStopped;
    private volatile IReadOnlyList<ToolDescription>? _tools;

    public Server(ServerOptions options, ServerContext context)
    {
        Options = options;
        _clock = context.Door.Clock;
        _created = _clock.GetTimestamp();
        _toolLookup = _toolsByName.GetAlternateLookup<ReadOnlySpan<char>>();
        Cells = new CellPool(context.Pages, context.Requests);
        _replicas = new Replica[options.Replicas];
        for (var i = 0; i < _replicas.Length; i++)
        {
            _replicas[i] = new Replica(this, i, context);
        }
    }

    public string Name => Options.Name;

    public ServerOptions Options { get; }

    public CellPool Cells { get; }

    /// <summary>What queues calls for this server. Set once, before it is started.</summary>
    public IServerQueue Queue { get; set; } = null!;

    public ReadOnlySpan<Replica> Replicas => _replicas;

    /// <summary>The era that was found out, so that later replicas need not ask.</summary>
    public ProtocolEra KnownEra { get; set; }

    public Agreement? Agreement { get; set; }

    /// <summary>The listed tools; null while they are not known.</summary>
    public IReadOnlyList<ToolDescription>? Tools => _tools;

    /// <summary>Completes when the server is up for the first time, or has failed.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Calls in flight that the configured window holds in all.</summary>
    public int Capacity => Options.Replicas * Options.MaxInFlight;

    public bool IsStopped => _isStopped;

    /// <summary>Some replica of it was up once.</summary>
    public bool HasBeenUp => Volatile.Read(ref _upAfter) != 0;

    public ServerState State
    {
        get
        {
            if (_isStopped)
            {
                return ServerState.Stopped;
            }

            var isFailed = true;
            foreach (var replica in _replicas)
            {
                if (replica.Connection is not null)
                {
                    return ServerState.Up;
                }

                isFailed &= replica.IsGivenUp;
            }

            return isFailed ? ServerState.Failed : HasBeenUp ? ServerState.Restarting : ServerState.Starting;
        }
    }

    /// <summary>Why no call can be served, in words.</summary>
    public string? Failure => _replicas.Select(static r => r.Failure).FirstOrDefault(static f => f is not null);

    /// <summary>The fault that calls end with once the server is given up.</summary>
    public CallFault FailureFault =>
        CallFault.Local(_replicas.Any(static r => r.HasExited) ? FaultType.ServerExited : FaultType.Connection, Executed.No, retryable: true);

    /// <summary>How many more calls may be sent now.</summary>
    public int Room
    {
        get
        {
            var room = 0;
            foreach (var replica in _replicas)
            {
                room += replica.Connection?.Room ?? 0;
            }

            return room;
        }
    }

    public ServerTool GetTool(ReadOnlySpan<char> name)
    {
        if (_toolLookup.TryGetValue(name, out var tool))
        {
            return tool;
        }

        var added = new ServerTool(this, name.ToString());
        return _toolsByName.Count < MaxUnlistedTools + (_tools?.Count ?? 0) ? _toolsByName.GetOrAdd(added.ToolName, added) : added;
    }

    public void Start()
    {
        foreach (var replica in _replicas)
        {
            replica.Start();
        }
    }

    /// <summary>Stops every replica; open calls end. Returns when nothing of the server is left.</summary>
    public async Task StopAsync(string reason)
    {
        _isStopped = true;
        _settled.TrySetResult();
        await Task.WhenAll(_replicas.Select(r => r.StopAsync(reason))).ConfigureAwait(false);
        Queue.Pump();
    }

    public void Cancel(Submission submission)
    {
        foreach (var replica in _replicas)
        {
            replica.Connection?.Cancel(submission);
        }
    }

    public void SetTools(IReadOnlyList<ToolDescription> tools)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tool in tools)
        {
            names.Add(tool.Name);
            _toolsByName.GetOrAdd(tool.Name, static (name, server) => new ServerTool(server, name), this).Description = tool;
        }

        foreach (var (name, tool) in _toolsByName)
        {
            if (!names.Contains(name))
            {
                tool.Description = null;
            }
        }

        _tools = tools;
    }

    /// <summary>A replica came up, was lost, or was given up.</summary>
    public void ReplicaChanged()
    {
        var state = State;
        if (state == ServerState.Up)
        {
            Interlocked.CompareExchange(ref _upAfter, Math.Max(1, _clock.GetTimestamp() - _created), 0);
        }

        if (state is ServerState.Up or ServerState.Failed)
        {
            _settled.TrySetResult();
        }

        Queue.Pump();
    }

    public ServerStatus GetStatus()
    {
        var state = State;
        var upAfter = Volatile.Read(ref _upAfter);
        return new ServerStatus
        {
            Name = Name,
            State = state,
            Failure = state == ServerState.Up ? null : Failure,
            Transport = Options.Transport!.Describe(),
            ProtocolVersion = Agreement?.Version,
            ServerInfo = Agreement?.ServerInfo,
            ReplicasUp = _replicas.Count(static r => r.Connection is not null),
            Replicas = _replicas.Length,
            InFlight = _replicas.Sum(static r => r.Connection?.InFlight ?? 0),
            Waiting = Queue.Waiting,
            Restarts = _replicas.Sum(static r => r.Restarts),
            StartTime = upAfter == 0 ? null : _clock.GetElapsedTime(0, upAfter),
            Tools = _tools ?? [],
            ProcessIds = [.. _replicas.Select(static r => r.Connection?.ProcessId).OfType<int>()],
        };
    }
}

/// <summary>What the servers of one pipeline share.</summary>
internal sealed record ServerContext(
    Door Door, PagePool Pages, MemoryAccount Requests, ConnectionCounters Counters, Microsoft.Extensions.Logging.ILogger Logger);
