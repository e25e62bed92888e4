using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Penstock.Calls;
using Penstock.Connections;
using Penstock.Telemetry;

namespace Penstock.Servers;

/// <summary>
/// One process or connection of a server, over its whole life: connect, negotiate, serve, be lost, start again with backoff, until it is stopped
/// or fails too often in a row. One loop owns all of it.
/// </summary>
internal sealed class Replica(Server server, int index, ServerContext context) : IConnectionOwner
{
    private const int Rests = 0;
    private const int Lists = 1;
    private const int ListsOnceMore = 2;

    /// <summary>
    /// Starts of a server that was never up and does not answer. Not one: a program that is fetched at its first start (npx) may take longer
    /// than the connect timeout, and the second start finds it. More would be a minute each, for nothing.
    /// </summary>
    private const int MostSilentStarts = 2;

    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _log = new QuietLogger(context.Logger);
    private readonly RestartOptions _restart = server.Options.Restart;
    private readonly Lock _lifeGate = new();
    private Task _life = Task.CompletedTask;
    private volatile Connection? _connection;
    private volatile string? _failure;
    private volatile bool _isGivenUp;
    private volatile string? _stopReason;
    private int _listing;

    /// <summary>The open connection; null while there is none.</summary>
    public Connection? Connection => _connection;

    /// <summary>Why there is no connection, in words.</summary>
    public string? Failure => _failure;

    /// <summary>The last loss was the exit of the process.</summary>
    public bool HasExited { get; private set; }

    /// <summary>It failed too often, or cannot be talked to: it is not started any more.</summary>
    public bool IsGivenUp => _isGivenUp;

    /// <summary>How often it was started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>Begins its life, unless it was stopped before.</summary>
    public void Start()
    {
        // A stop that comes at the same time must find the life it has to wait for.
        lock (_lifeGate)
        {
            if (_stopReason is null)
            {
                // It outlives whoever deploys the server, whose request or activity it is no part of.
                using (ExecutionContext.SuppressFlow())
                {
                    _life = LiveAsync();
                }
            }
        }
    }

    public async Task StopAsync(string reason)
    {
        Task life;
        lock (_lifeGate)
        {
            _stopReason ??= reason;
            life = _life;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await life.ConfigureAwait(false);
    }

    public void RoomFreed() => server.Queue.Pump();

    public void Unsent(Slab slab) => server.Queue.Return(slab);

    public void ToolsChanged()
    {
        // Servers send this several times in a row: one listing at a time, started once the burst is through.
        if (Interlocked.Exchange(ref _listing, ListsOnceMore) == Rests)
        {
            _ = ListAgainAsync();
        }
    }

    private async Task LiveAsync()
    {
        // Leave the starter's thread, its lock, and its synchronization context, which may be blocked until this has started.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await StartAgainAndAgainAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A clock of the user's that throws. Whoever waits for this replica must hear of it.
            GiveUp(e.Message);
        }

        server.ReplicaChanged();
    }

    private async Task StartAgainAndAgainAsync()
    {
        var failures = 0;
        var silences = 0;
        while (!_stop.IsCancellationRequested)
        {
            var served = TimeSpan.Zero;
            var answered = 0L;
            try
            {
                var connection = await ConnectAsync().ConfigureAwait(false);
                var ready = context.Door.Clock.GetTimestamp();
                (var loss, answered) = await ServeAsync(connection).ConfigureAwait(false);
                served = context.Door.Clock.GetElapsedTime(ready);
                _failure = loss.Message;
                HasExited = loss.IsProcessExit;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (NegotiationException e)
            {
                GiveUp(e.Message);
                break;
            }
            catch (Exception e)
            {
                _failure = e.Message;
                server.KnownEra = server.Options.Era;
                silences += e is NotReadyException && !server.HasBeenUp ? 1 : 0;
            }

            if (_stop.IsCancellationRequested)
            {
                break;
            }

            // Answered calls are progress: a replica that is killed now and then while it works is not in a crash loop. One that was never
            // ready is, however long it took over that.
            failures = answered > 0 || (served > TimeSpan.Zero && served >= _restart.HealthyAfter) ? 0 : failures + 1;
            if (failures >= _restart.CrashLoopLimit || silences >= MostSilentStarts)
            {
                GiveUp($"given up after {failures} failed starts in a row; the last: {_failure}");
                break;
            }

            _log.ReplicaLost(server.Name, index, _failure!);
            server.ReplicaChanged();
            Restarts++;
            await Task.Delay(Backoff(failures), context.Door.Clock, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void GiveUp(string failure)
    {
        _failure = failure;
        _isGivenUp = true;
        _log.ReplicaGivenUp(server.Name, index, failure);
    }

    private ConnectionLimits Limits =>
        new(server.Options.MaxInFlight, server.Options.MaxStragglers, server.Options.MaxResponseBytes, context.Counters);

    private TimeSpan Backoff(int failures)
    {
        var delay = _restart.InitialDelay * Math.Pow(2, Math.Clamp(failures - 1, 0, 20));
        return delay < _restart.MaxDelay ? delay : _restart.MaxDelay;
    }

    /// <summary>Brings a connection up to where calls can be sent.</summary>
    private async Task<Connection> ConnectAsync()
    {
        using var time = new CancellationTokenSource(server.Options.ConnectTimeout, context.Door.Clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, time.Token);
        try
        {
            return server.Options.Transport switch
            {
                StreamTransport transport => await ConnectAsync(transport, limit.Token).ConfigureAwait(false),
                CallTransport transport => await ConnectAsync(transport, limit.Token).ConfigureAwait(false),
                _ => throw new UnreachableException(),
            };
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            throw new NotReadyException($"not ready within {server.Options.ConnectTimeout.TotalSeconds:0.###} s");
        }
    }

    private async Task<Connection> ConnectAsync(StreamTransport transport, CancellationToken stop)
    {
        var surroundings = new TransportContext(context.Door.Clock, _log, server.Name, index);
        var era = server.KnownEra == ProtocolEra.Auto ? server.Options.Era : server.KnownEra;
        while (true)
        {
            HasExited = false;
            var stream = await OpenAsync(transport, surroundings, stop).ConfigureAwait(false);
            var connection = new StreamConnection(stream, context.Door, this, Limits);
            connection.Start();
            var isAgreed = false;
            try
            {
                var agreement = await Negotiation.RunAsync(connection, era, context.Door.Clock, stop).ConfigureAwait(false);
                server.Agreement = agreement;
                server.KnownEra = agreement.Era;
                isAgreed = true;
                if (server.Tools is null && await ToolListing.ReadAsync(connection, ToolSkipped, stop).ConfigureAwait(false) is { } listed)
                {
                    server.SetTools(listed.Tools);
                }

                return connection;
            }
            catch (IOException) when (era == ProtocolEra.Auto && !isAgreed)
            {
                // Some legacy servers die of any message before initialize: once more, without the question.
                era = ProtocolEra.Legacy;
                await connection.CloseAsync("died during the era probe").ConfigureAwait(false);
            }
            catch
            {
                await connection.CloseAsync("did not come up").ConfigureAwait(false);
                HasExited = (await connection.Closed.ConfigureAwait(false)).IsProcessExit;
                throw;
            }
        }
    }

    /// <exception cref="NegotiationException">
    /// The server was never up, and will not be. One that was up is tried again whatever the cause: its program may just be being replaced.
    /// </exception>
    private async ValueTask<ByteStream> OpenAsync(StreamTransport transport, TransportContext surroundings, CancellationToken stop)
    {
        try
        {
            return await transport.ConnectAsync(surroundings, stop).ConfigureAwait(false);
        }
        catch (Exception e) when (!server.HasBeenUp && transport.IsLasting(e))
        {
            throw new NegotiationException(e.Message);
        }
    }

    private async Task<Connection> ConnectAsync(CallTransport transport, CancellationToken stop)
    {
        var channel = await transport.ConnectAsync(stop).ConfigureAwait(false);
        try
        {
            server.SetTools(channel.Tools);
        }
        catch
        {
            // User code, as is the disposal; the first failure is the one to tell.
            await channel.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return new ChannelConnection(channel, context.Door, this, Limits);
    }

    private async Task<(ConnectionLoss Loss, long Answered)> ServeAsync(Connection connection)
    {
        _connection = connection;
        _failure = null;
        try
        {
            _log.ReplicaUp(server.Name, index, server.Agreement?.Version ?? "-");
            server.ReplicaChanged();
            await using (_stop.Token.UnsafeRegister(static s => ((Replica)s!).CloseConnection(), this).ConfigureAwait(false))
            {
                return (await connection.Closed.ConfigureAwait(false), connection.Answered);
            }
        }
        finally
        {
            _connection = null;
            if (!connection.Closed.IsCompleted)
            {
                await connection.CloseAsync("the replica left it").ConfigureAwait(false);
            }
        }
    }

    private void ToolSkipped(string reason) => context.Logger.ToolSkipped(server.Name, reason);

    private void CloseConnection() => _ = _connection?.CloseAsync(_stopReason ?? "stopped");

    private async Task ListAgainAsync()
    {
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), context.Door.Clock, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Volatile.Write(ref _listing, Lists);

            // A connection that is not up yet lists for itself.
            if (_connection is StreamConnection connection && await ListAgainAsync(connection).ConfigureAwait(false) is { } failure)
            {
                _log.ListingFailed(server.Name, index, failure);
            }
        }
        while (Interlocked.CompareExchange(ref _listing, Rests, Lists) != Lists);
    }

    /// <returns>Why the tools are still the old ones, in words; null if they are not, or if it does not matter any more.</returns>
    private async Task<string?> ListAgainAsync(StreamConnection connection)
    {
        using var time = new CancellationTokenSource(server.Options.ConnectTimeout, context.Door.Clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, time.Token);
        try
        {
            var listed = await ToolListing.ReadAsync(connection, ToolSkipped, limit.Token).ConfigureAwait(false);
            if (listed is { Flaw: null })
            {
                server.SetTools(listed.Tools);
            }

            return listed is null ? "the server refused to list its tools" : listed.Flaw;
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return $"no list within {server.Options.ConnectTimeout.TotalSeconds:0.###} s";
        }
        catch (Exception e)
        {
            return _stop.IsCancellationRequested ? null : e.Message;
        }
    }

    /// <summary>The connect timeout has passed.</summary>
    private sealed class NotReadyException(string message) : IOException(message);
}
