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

    /// <summary>Whether the server says that it has tools.</summary>
    public bool HasTools { get; private init; }

    /// <summary>Reads a result object; null if it names no version.</summary>
    public static InitializeReply? Read(ReadOnlySpan<byte> result)
    {
        using var document = ReplyDocument.ParseObject(result);
        if (document is null || !ReplyDocument.TryGetText(document.RootElement, "protocolVersion", out var version))
        {
            return null;
        }

        ReplyDocument.TryGetObject(document.RootElement, "serverInfo", out var server);
        ReplyDocument.TryGetObject(document.RootElement, "capabilities", out var capabilities);
        return new InitializeReply(version)
        {
            ServerName = ReplyDocument.GetText(server, "name"),
            ServerVersion = ReplyDocument.GetText(server, "version"),
            HasTools = ReplyDocument.TryGetObject(capabilities, "tools", out _),
        };
    }

    /// <summary>The versions that an error names instead of a reply (<c>data.supported</c>); empty if it names none.</summary>
    public static IReadOnlyList<string> ReadSupported(ReadOnlySpan<byte> error)
    {
        using var document = ReplyDocument.ParseObject(error);
        return document is not null && ReplyDocument.TryGetObject(document.RootElement, "data", out var data)
            ? ReplyDocument.GetTexts(data, "supported")
            : [];
    }
}
