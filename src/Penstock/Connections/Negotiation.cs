using Penstock.Calls;
using Penstock.Protocol;

namespace Penstock.Connections;

/// <summary>What was agreed with a server.</summary>
/// <param name="Era">Which encoder its connection uses.</param>
/// <param name="Version">The protocol revision.</param>
/// <param name="ServerInfo">The server's own name and version, if it told them.</param>
internal sealed record Agreement(ProtocolEra Era, string Version, string? ServerInfo);

/// <summary>The server cannot be started or talked to, and trying again will not help.</summary>
internal sealed class NegotiationException(string message) : Exception(message);

/// <summary>
/// Finds out which era a server speaks, on the stream that is then used: asks by <c>server/discover</c>, and falls back to <c>initialize</c>
/// on any other answer or on silence.
/// </summary>
internal static class Negotiation
{
    /// <summary>Silence after the first sign of life that counts as a legacy server's.</summary>
    private static readonly TimeSpan SilenceAfterLife = TimeSpan.FromSeconds(5);

    /// <summary>Silence of a server that has shown no life at all.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    /// <exception cref="IOException">The connection was lost. During the probe some legacy servers just die of it: start again as legacy.</exception>
    /// <exception cref="NegotiationException">No common revision.</exception>
    public static async Task<Agreement> RunAsync(StreamConnection connection, ProtocolEra era, TimeProvider clock, CancellationToken stop)
    {
        var agreement = era switch
        {
            ProtocolEra.Legacy => await InitializeAsync(connection, stop).ConfigureAwait(false),
            ProtocolEra.Modern => await DiscoverAsync(connection, stop).ConfigureAwait(false)
                ?? throw new NegotiationException($"the server does not speak {Versions.NewestModern}; set era: auto or legacy"),
            _ => await ProbeAsync(connection, clock, stop).ConfigureAwait(false),
        };
        if (agreement.Era == ProtocolEra.Legacy && !connection.WriteControl(ControlMessages.Initialized.ToArray()))
        {
            throw new IOException(StreamConnection.UnreadMessage);
        }

        connection.Era = agreement.Era;
        return agreement;
    }

    private static async Task<Agreement> ProbeAsync(StreamConnection connection, TimeProvider clock, CancellationToken stop)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var discover = DiscoverAsync(connection, given.Token);
        if (!await IsSilentAsync(connection, discover, clock, stop).ConfigureAwait(false))
        {
            return await discover.ConfigureAwait(false) ?? await InitializeAsync(connection, stop).ConfigureAwait(false);
        }

        stop.ThrowIfCancellationRequested();
        var initialize = InitializeAsync(connection, given.Token);
        var first = await Task.WhenAny((Task)discover, initialize).ConfigureAwait(false);
        try
        {
            return first == initialize
                ? await initialize.ConfigureAwait(false)
                : await discover.ConfigureAwait(false) ?? await initialize.ConfigureAwait(false);
        }
        finally
        {
            // The other answer, if it ever comes, is nobody's.
            await given.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll((Task)discover, initialize).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Whether an answer is so late that the server must be taken for one that leaves unknown requests unanswered.</summary>
    private static async Task<bool> IsSilentAsync(StreamConnection connection, Task answer, TimeProvider clock, CancellationToken stop)
    {
        // No timer may be left behind: in a fleet of thousands of servers they would be thousands.
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var longest = Task.Delay(Silence, clock, answered.Token);
        if (await Task.WhenAny(answer, connection.FirstByte, longest).ConfigureAwait(false) == connection.FirstByte)
        {
            await Task.WhenAny(answer, longest, Task.Delay(SilenceAfterLife, clock, answered.Token)).ConfigureAwait(false);
        }

        await answered.CancelAsync().ConfigureAwait(false);
        return !answer.IsCompleted;
    }

    /// <returns>Null if the server is of the legacy era.</returns>
    private static async Task<Agreement?> DiscoverAsync(StreamConnection connection, CancellationToken stop)
    {
        var reply = await connection.RequestAsync(ControlMessages.Discover, stop).ConfigureAwait(false);
        var discover = reply.IsError ? DiscoverReply.ReadError(reply.Json) : DiscoverReply.Read(reply.Json);
        if (discover is not { IsModern: true })
        {
            return null;
        }

        var version = discover.Version
            ?? throw new NegotiationException($"no common protocol revision: the server supports {string.Join(", ", discover.SupportedVersions)}");
        return Versions.IsModern(version) ? new Agreement(ProtocolEra.Modern, version, NameOf(discover.ServerName, discover.ServerVersion)) : null;
    }

    private static async Task<Agreement> InitializeAsync(StreamConnection connection, CancellationToken stop)
    {
        var reply = await connection.RequestAsync(ControlMessages.Initialize, stop).ConfigureAwait(false);
        if (reply.IsError)
        {
            throw new NegotiationException($"the server refused initialize: {ResultText.Read(reply.Json, isJson: true)}");
        }

        var initialize = InitializeReply.Read(reply.Json) ?? throw new NegotiationException("the server's answer to initialize names no protocol revision");
        return initialize.IsSupported
            ? new Agreement(ProtocolEra.Legacy, initialize.ProtocolVersion, NameOf(initialize.ServerName, initialize.ServerVersion))
            : throw new NegotiationException($"the server answered initialize with protocol revision '{initialize.ProtocolVersion}', which is not supported");
    }

    private static string? NameOf(string? name, string? version) => name is null ? null : version is null ? name : $"{name} {version}";
}
