using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Calls;
using Penstock.Connections;
using Penstock.Memory;
using Penstock.Servers;
using Penstock.Testing;
using Penstock.Tests.Calls;
using Xunit;

namespace Penstock.Tests.Servers;

/// <summary>Makes servers whose connections are what the test says.</summary>
internal static class FakeServers
{
    /// <summary>Waits until something is true of a server.</summary>
    public static Task WhenAsync(this Server server, Func<Server, bool> isSo) => ((ChangeQueue)server.Queue).WhenAsync(() => isSo(server));

    public static Server Create(FakeHouse house, string name, Transport transport, Action<ServerOptions>? configure = null)
    {
        var options = new ServerOptions(name) { Transport = transport };
        configure?.Invoke(options);
        var context = new ServerContext(house.Door, house.Pages, new MemoryAccount(1 << 30), new ConnectionCounters(), NullLogger.Instance);
        return new Server(options, context) { Queue = new ChangeQueue(house.Slabs) };
    }
}

/// <summary>A queue in which nothing waits. It tells when the server's state has changed, perhaps once too often.</summary>
internal sealed class ChangeQueue(BoundedPool<Slab> slabs) : IServerQueue
{
    private readonly SemaphoreSlim _changes = new(0);

    public int Waiting => 0;

    public void Pump() => _changes.Release();

    public void Return(Slab slab)
    {
        slab.Clear();
        slabs.Return(slab);
    }

    public async Task WhenAsync(Func<bool> isSo)
    {
        while (!isSo())
        {
            Assert.True(await _changes.WaitAsync(TimeSpan.FromMinutes(2)));
        }
    }
}

/// <summary>Each start asks the test how it ends: a channel, an exception, or never.</summary>
internal sealed class StartTransport(Func<int, Task<CallChannel>> connect) : CallTransport
{
    private int _starts;

    public int Starts => Volatile.Read(ref _starts);

    public override string ToString() => "scripted";

    protected internal override async ValueTask<CallChannel> ConnectAsync(CancellationToken stop) =>
        await connect(Interlocked.Increment(ref _starts)).WaitAsync(stop);
}

/// <summary>Takes calls and answers none; is lost when the test says so.</summary>
internal sealed class SilentChannel : CallChannel
{
    public override IReadOnlyList<ToolDescription> Tools { get; } = [new ToolDescription { Name = "t" }];

    public void Lose(string reason) => Break(reason);

    protected internal override void Send(OutboundCall call)
    {
    }
}

/// <summary>A clock moved by hand that tells which waits are asked of it, in order: a test moves it on only when the wait stands.</summary>
internal sealed class ToldClock : TimeProvider
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

    public override long TimestampFrequency => _clock.TimestampFrequency;

    public override long GetTimestamp() => _clock.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _clock.GetUtcNow();

    public void Advance(TimeSpan by) => _clock.Advance(by);

    /// <summary>The next wait that happens once only; what repeats is a connection's own timer.</summary>
    public async Task<TimeSpan> NextWaitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        return await _waits.Reader.ReadAsync(limit.Token);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = _clock.CreateTimer(callback, state, dueTime, period);
        if (period == Timeout.InfiniteTimeSpan && dueTime != Timeout.InfiniteTimeSpan)
        {
            _waits.Writer.TryWrite(dueTime);
        }

        return timer;
    }
}
