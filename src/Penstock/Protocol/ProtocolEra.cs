namespace Penstock;

/// <summary>The two eras of the Model Context Protocol.</summary>
public enum ProtocolEra
{
    /// <summary>Ask the server, and fall back.</summary>
    Auto,

    /// <summary>2026-07-28 and later: no handshake, every request carries its metadata.</summary>
    Modern,

    /// <summary>2024-11-05 to 2025-11-25: the <c>initialize</c> handshake.</summary>
    Legacy,
}
