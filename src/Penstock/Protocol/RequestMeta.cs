using System.Text;

namespace Penstock.Protocol;

/// <summary>Who we say we are. No capabilities are declared: then a server has nothing to ask back.</summary>
internal static class RequestMeta
{
    /// <summary>Name and version; kept equal to the assembly's version by a test.</summary>
    public static ReadOnlySpan<byte> Client => "{\"name\":\"penstock\",\"version\":\"0.1.0\"}"u8;

    /// <summary>The <c>_meta</c> member that every modern request carries in its params.</summary>
    public static ReadOnlySpan<byte> Member => Bytes;

    private static readonly byte[] Bytes =
    [
        .. "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\""u8,
        .. Encoding.UTF8.GetBytes(Versions.NewestModern),
        .. "\",\"io.modelcontextprotocol/clientInfo\":"u8,
        .. Client,
        .. ",\"io.modelcontextprotocol/clientCapabilities\":{}}"u8,
    ];
}
