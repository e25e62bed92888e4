namespace Penstock.Protocol;

/// <summary>What the probe <c>server/discover</c> brought back.</summary>
internal sealed class DiscoverReply
{
    private DiscoverReply(bool isModern, IReadOnlyList<string> supportedVersions)
    {
        IsModern = isModern;
        SupportedVersions = supportedVersions;
    }

    /// <summary>Whether only a modern server answers like this. Otherwise: send <c>initialize</c>, on the same connection.</summary>
    public bool IsModern { get; }

    /// <summary>What the server says it speaks; may be empty, and may name legacy revisions too.</summary>
    public IReadOnlyList<string> SupportedVersions { get; }

    /// <summary>The revision to go on with, by <see cref="Versions.NewestMutual"/>; null if there is none.</summary>
    public string? Version => Versions.NewestMutual(SupportedVersions);

    public string? ServerName { get; private init; }

    public string? ServerVersion { get; private init; }

    /// <summary>Reads a result object. Null if it is no discovery: then it says nothing about the era.</summary>
    public static DiscoverReply? Read(ReadOnlySpan<byte> result)
    {
        using var document = ReplyDocument.ParseObject(result);
        if (document is null || !ReplyDocument.TryGet(document.RootElement, "supportedVersions", out _))
        {
            return null;
        }

        var root = document.RootElement;
        ReplyDocument.TryGetObject(root, "_meta", out var meta);
        ReplyDocument.TryGetObject(meta, "io.modelcontextprotocol/serverInfo", out var server);
        return new DiscoverReply(isModern: true, ReplyDocument.GetTexts(root, "supportedVersions"))
        {
            ServerName = ReplyDocument.GetText(server, "name"),
            ServerVersion = ReplyDocument.GetText(server, "version"),
        };
    }

    /// <summary>
    /// Reads an error object. The three codes that only modern servers know tell one; every other error, and a malformed one, tells a
    /// legacy server, which must not be made to depend on one code.
    /// </summary>
    public static DiscoverReply ReadError(ReadOnlySpan<byte> error)
    {
        var isModern = JsonRpcReader.TryReadError(error, out var code, out _)
            && code is ErrorCodes.HeaderMismatch or ErrorCodes.MissingClientCapability or ErrorCodes.UnsupportedVersion;
        using var document = isModern ? ReplyDocument.ParseObject(error) : null;
        if (document is null)
        {
            return new DiscoverReply(isModern: false, []);
        }

        ReplyDocument.TryGetObject(document.RootElement, "data", out var data);
        var supported = ReplyDocument.GetTexts(data, "supported");

        // The two others do not speak of versions: ours was not what they minded.
        var isTold = supported.Count > 0 || code == ErrorCodes.UnsupportedVersion;
        return new DiscoverReply(isModern: true, isTold ? supported : Versions.Modern);
    }
}
