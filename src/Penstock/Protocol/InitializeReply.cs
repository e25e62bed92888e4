namespace Penstock.Protocol;

/// <summary>The server's half of the legacy handshake.</summary>
internal sealed class InitializeReply
{
    private InitializeReply(string protocolVersion) => ProtocolVersion = protocolVersion;

    /// <summary>What the server chose, which need not be what was offered.</summary>
    public string ProtocolVersion { get; }

    /// <summary>Whether that is a revision we speak; if not, disconnect.</summary>
    public bool IsSupported => Versions.IsLegacy(ProtocolVersion);

    public string? ServerName { get; private init; }

    public string? ServerVersion { get; private init; }

    /// <summary>Reads a result object; null if it names no version.</summary>
    public static InitializeReply? Read(ReadOnlySpan<byte> result)
    {
        using var document = ReplyDocument.ParseObject(result);
        if (document is null || !ReplyDocument.TryGetText(document.RootElement, "protocolVersion", out var version))
        {
            return null;
        }

        ReplyDocument.TryGetObject(document.RootElement, "serverInfo", out var server);
        return new InitializeReply(version)
        {
            ServerName = ReplyDocument.GetText(server, "name"),
            ServerVersion = ReplyDocument.GetText(server, "version"),
        };
    }
}
