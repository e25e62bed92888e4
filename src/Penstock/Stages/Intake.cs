using Penstock.Calls;
using Penstock.Memory;
using Penstock.Servers;

namespace Penstock.Stages;

/// <summary>What the intakes of one pipeline share.</summary>
internal sealed record IntakeContext(
    Door Door, ServerTable Servers, MemoryAccount Requests, IntakeGate Gate, OpenSources Sources, FrontChain Front, IntakeTimes Times);

/// <summary>The times that calls are given at intake, as the options had them when the pipeline was built.</summary>
/// <param name="CallTimeout">From write to answer, for calls that name none of their own.</param>
/// <param name="SingleCallDeadline">From intake to end, for single calls.</param>
/// <param name="Linger">The longest that a blocked source holds a slab back.</param>
internal sealed record IntakeTimes(TimeSpan CallTimeout, TimeSpan SingleCallDeadline, TimeSpan Linger)
{
    /// <summary>A time in the clock's timestamp units; what lies beyond all time still adds to a timestamp without overflow.</summary>
    public static long Ticks(TimeSpan time, TimeProvider clock) =>
        (long)Math.Min(time.TotalSeconds * clock.TimestampFrequency, long.MaxValue / 2);
}

/// <summary>
/// The source side of one stream: takes calls in, copies their bytes once, and fills slabs. This is the only place where a source waits: for
/// room in the request account, for its own reader, and until some server could soon take more.
/// </summary>
internal sealed class Intake
{
    // About four windows of calls may wait per server and source; reading goes on when it falls below two. The floors keep
    // small windows from waking the source for every call. The ceilings are some milliseconds of a fast server's work, many times what a
    // source needs to wake, and keep what waits in the processor's caches: four windows of 32,768 calls cost 0.3 µs more per call.
    private static readonly Backlog High = new(Windows: 4, Floor: 512, Ceiling: 4096);
    private static readonly Backlog Low = new(Windows: 2, Floor: 128, Ceiling: 2048);

    /// <summary>How long a slab of a source that may block takes to fill, about: little beside a call, and much beside a post.</summary>
    private static readonly TimeSpan FillTime = TimeSpan.FromMicroseconds(50);

    /// <summary>A server that a source has not addressed for this many calls is not a reason to read on.</summary>
    private const long Recent = 65_536;

    private readonly StreamSubmission _submission;
    private readonly IntakeContext _context;
    private readonly long _deadline;
    private readonly int _callTimeoutMs;
    private readonly List<Feed> _feeds = [];
    private readonly Func<bool> _canGoOn;
    private readonly ITimer _linger;
    private Slab? _parked;
    private bool _isParked;
    private volatile bool _isEnded;
    private Slab? _slab;
    private string? _lastAddress;
    private CallTarget? _lastTarget;
    private int _lastVersion = -1;
    private Server? _fullServer;
    private long _ordinal;
    private int _slabTarget = 1;

    public Intake(StreamSubmission submission, IntakeContext context, ExecuteOptions options)
    {
        _submission = submission;
        _context = context;
        _deadline = options.Deadline is { } deadline && deadline != Timeout.InfiniteTimeSpan ? IntakeTimes.Ticks(deadline, context.Door.Clock) : 0;
        _callTimeoutMs = CallIntake.Milliseconds(context.Times.CallTimeout);
        _linger = context.Door.Clock.CreateTimer(static i => ((Intake)i!).OnLinger(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _canGoOn = () => HasRoom(Low);
    }

    public async Task RunAsync(IEnumerable<ToolCall> calls, CancellationToken stop)
    {
        Exception? failure = null;
        try
        {
            await LeaveAsync().ConfigureAwait(false);
            using var source = calls.GetEnumerator();
            while (true)
            {
                stop.ThrowIfCancellationRequested();
                await WaitForRoomAsync(stop).ConfigureAwait(false);
                Park();
                var hasNext = source.MoveNext();
                Unpark();
                if (!hasNext)
                {
                    break;
                }

                Add(source.Current);

                // A source that blocks cannot be asked whether it would: a slow one's calls leave one by one, a fast one's slabs grow. What
                // a source holds back that blocks all of a sudden, the linger timer takes.
                if (_slab!.Count >= _slabTarget)
                {
                    AdaptSlabTarget(_slab.Slots[0].Accepted);
                    await PostAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        await EndAsync(failure).ConfigureAwait(false);
    }

    public async Task RunAsync(IAsyncEnumerable<ToolCall> calls, CancellationToken stop)
    {
        Exception? failure = null;
        try
        {
            await LeaveAsync().ConfigureAwait(false);
            var source = calls.GetAsyncEnumerator(stop);
            await using (source.ConfigureAwait(false))
            {
                while (true)
                {
                    // A source that is not read to its end must not look as if it were: the reader is told, after the results of what was taken.
                    stop.ThrowIfCancellationRequested();
                    await WaitForRoomAsync(stop).ConfigureAwait(false);
                    var next = source.MoveNextAsync();
                    if (!next.IsCompleted)
                    {
                        await PostAsync().ConfigureAwait(false);
                    }

                    if (!await next.ConfigureAwait(false))
                    {
                        break;
                    }

                    Add(source.Current);
                    if (_slab!.IsFull)
                    {
                        await PostAsync().ConfigureAwait(false);
                    }
                }
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        await EndAsync(failure).ConfigureAwait(false);
    }

    /// <summary>Leaves the reader's thread and its synchronization context: a source may block, and so may the reader, for the source.</summary>
    private static async Task LeaveAsync() => await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

    private void AdaptSlabTarget(long opened)
    {
        var filled = _context.Door.Clock.GetElapsedTime(opened);
        if (filled < FillTime)
        {
            _slabTarget = Math.Min(_slabTarget * 2, Slab.Capacity);
        }
        else if (filled > 4 * FillTime)
        {
            _slabTarget = Math.Max(_slabTarget / 4, 1);
        }
    }

    /// <summary>Lays the open slab where the linger timer can take it while the source is asked for more.</summary>
    private void Park()
    {
        if (_slab is not { Count: > 0 } slab)
        {
            return;
        }

        if (slab.Count == 1)
        {
            _linger.Change(_context.Times.Linger, Timeout.InfiniteTimeSpan);
        }

        // It stays in _slab too: a timer that fires now finds it in one place or the other, and is never let rest while there is one.
        _isParked = true;
        Volatile.Write(ref _parked, slab);
    }

    private void Unpark()
    {
        if (_isParked)
        {
            _isParked = false;
            if (Interlocked.Exchange(ref _parked, null) is null)
            {
                // The linger timer took it.
                _slab = null;
            }
        }
    }

    private void OnLinger()
    {
        if (Interlocked.Exchange(ref _parked, null) is { } slab)
        {
            _ = PostAsync(slab).AsTask();
        }
        else if (!_isEnded && Volatile.Read(ref _slab) is { Count: > 0 })
        {
            // The source is busy; it may block with the next slab.
            _linger.Change(_context.Times.Linger + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    private async Task EndAsync(Exception? failure)
    {
        _isEnded = true;
        Unpark();
        await _linger.DisposeAsync().ConfigureAwait(false);
        if (_slab is { Count: 0 } empty)
        {
            // Leased for a call that turned out to be none.
            _slab = null;
            _context.Door.Slabs.Return(empty);
        }

        await PostAsync().ConfigureAwait(false);
        _submission.EndSource(failure);
    }

    private void Add(in ToolCall call)
    {
        var slab = _slab ??= _context.Door.Slabs.Lease();
        var now = slab.Count > 0 ? slab.Slots[0].Accepted : _context.Door.Clock.GetTimestamp();
        var ordinal = _ordinal++;
        CallSlot slot;
        Outcome? refusal;
        try
        {
            slot = CallIntake.Accept(
                in call, Resolve(call.Tool, ordinal), _submission, ordinal, now, _deadline == 0 ? long.MaxValue : now + _deadline, _callTimeoutMs, _context.Requests.Limit, out refusal);
        }
        catch (Exception e)
        {
            // A row that cannot even be read, its memory freed for example, costs that row and not the stream.
            slot = CallIntake.Refuse(_context.Servers.Refuse(call.Tool, $"the call cannot be read: {e.Message}"), _submission, ordinal, now);
            refusal = null;
        }

        slab.Add(in slot);
        if (refusal is { } outcome)
        {
            slab.End(slab.Count - 1, outcome.Fault, outcome.Message!);
        }
    }

    private CallTarget Resolve(string? address, long ordinal)
    {
        var version = _context.Servers.Version;
        if (!ReferenceEquals(address, _lastAddress) || version != _lastVersion)
        {
            if (version != _lastVersion || !string.Equals(address, _lastAddress, StringComparison.Ordinal))
            {
                _lastTarget = _context.Servers.Resolve(address);
                _lastVersion = version;
            }

            _lastAddress = address;
        }

        if (_lastTarget is ServerTool tool)
        {
            Note(tool.Server, ordinal);
        }

        return _lastTarget!;
    }

    private void Note(Server server, long ordinal)
    {
        foreach (var feed in _feeds)
        {
            if (ReferenceEquals(feed.Server, server))
            {
                feed.Last = ordinal;
                if (server.Cells.IsOverShare)
                {
                    _fullServer = server;
                }

                return;
            }
        }

        _feeds.Add(new Feed(server) { Last = ordinal });
    }

    /// <summary>Looks at all before every slab, and at little before every call: an async method would cost a call more than the look.</summary>
    private ValueTask WaitForRoomAsync(CancellationToken stop) =>
        _slab is { Count: > 0 } && _fullServer is null && _context.Requests.HasRoom ? default : WaitUntilRoomAsync(stop);

    private async ValueTask WaitUntilRoomAsync(CancellationToken stop)
    {
        while (!HasRoom(High) && !stop.IsCancellationRequested)
        {
            await PostAsync().ConfigureAwait(false);
            await _context.Gate.WaitAsync(_canGoOn, stop).ConfigureAwait(false);
        }
    }

    private bool HasRoom(Backlog most)
    {
        if (_submission.IsStalled)
        {
            return false;
        }

        // Who has nothing under way may always send one call: the room may be held by a stream whose reader has stopped, and never be freed.
        if (_submission.Open == 0 && _slab is not { Count: > 0 })
        {
            return true;
        }

        if (!_context.Requests.HasRoom)
        {
            return false;
        }

        if (_fullServer is { } full)
        {
            // A server may hold a quarter of the requests; a source that cannot pass over its rows waits.
            if (full.Cells.IsOverShare && full.State is not (ServerState.Failed or ServerState.Stopped))
            {
                return false;
            }

            _fullServer = null;
        }

        // Nothing addressed yet, or servers not heard of yet: read on.
        var recent = _ordinal - Recent;
        if (_feeds.Count == 0 || (recent < 0 && _feeds.Count < _context.Servers.All.Count))
        {
            return true;
        }

        // Nothing but addresses that lead nowhere of late: no server will ever make room for those.
        var isAnyRecent = false;
        foreach (var feed in _feeds)
        {
            if (feed.Last >= recent)
            {
                isAnyRecent = true;
                if (((TailChain)feed.Server.Queue).WaitingOf(_submission.QueueKey) < most.Of(feed.Server.Capacity))
                {
                    return true;
                }
            }
        }

        return !isAnyRecent;
    }

    private ValueTask PostAsync()
    {
        if (_slab is not { Count: > 0 } slab)
        {
            return default;
        }

        _slab = null;
        return PostAsync(slab);
    }

    private ValueTask PostAsync(Slab slab)
    {
        _submission.Accept(slab.Count);
        _context.Door.Accept(slab.Count);
        return _context.Front.PostAsync(slab);
    }

    /// <summary>How many calls may wait at one server, by its window.</summary>
    private sealed record Backlog(int Windows, int Floor, int Ceiling)
    {
        public int Of(int window) => (int)Math.Clamp((long)Windows * window, Floor, Ceiling);
    }

    /// <summary>A server that the source addresses.</summary>
    private sealed class Feed(Server server)
    {
        public Server Server => server;

        public long Last { get; set; }
    }
}
