#pragma warning disable
using System.Text;
using System.Text.Json;
namespace Penstock.Protocol;
internal sealed class OversizeLine { public bool HasId => false; public bool HasMethod => false; public long Id => 0; public void Append(ReadOnlySpan<byte> chunk) { _ = chunk.Length; } }
internal static class Versions { public const string V20260728 = "2026-07-28"; public static bool IsLegacy(string v) => v is "2024-11-05" or "2025-03-26" or "2025-06-18" or "2025-11-25"; }
internal static class Meta { public const string Json = """{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"penstock","version":"0.1.0"},"io.modelcontextprotocol/clientCapabilities":{}}"""; }
internal sealed class ToolCallTemplate(string tool, ProtocolEra era)
{
    private static readonly byte[] A = "{\"jsonrpc\":\"2.0\",\"id\":"u8.ToArray();
    private readonly byte[] _b = Encoding.UTF8.GetBytes(",\"method\":\"tools/call\",\"params\":{\"name\":" + JsonSerializer.Serialize(tool) + ",\"arguments\":");
    private readonly byte[] _c = Encoding.UTF8.GetBytes(era == ProtocolEra.Modern ? ",\"_meta\":" + Meta.Json + "}}\n" : "}}\n");
    public int MaxLength(int n) => A.Length + 20 + _b.Length + Math.Max(2, n) + _c.Length;
    public int Write(Span<byte> d, long id, ReadOnlySpan<byte> args)
    {
        A.CopyTo(d); var p = A.Length; id.TryFormat(d[p..], out var w); p += w; _b.CopyTo(d[p..]); p += _b.Length;
        if (args.IsEmpty) args = "{}"u8;
        foreach (var x in args) { if (x != 10 && x != 13) d[p++] = x; }
        _c.CopyTo(d[p..]); return p + _c.Length;
    }
}
internal static class ControlMessages
{
    private static byte[] B(string s) => Encoding.UTF8.GetBytes(s + "\n");
    public static byte[] Discover(long id) => B("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"server/discover\",\"params\":{\"_meta\":" + Meta.Json + "}}");
    public static byte[] Initialize(long id) => B("{\"jsonrpc\":\"2.0\",\"id\":" + id + ""","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"penstock","version":"0.1.0"}}}""");
    public static byte[] Initialized() => B("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
    public static byte[] ToolsList(long id, ProtocolEra era, string? cursor) => B("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/list\",\"params\":{" + string.Join(",", new[] { cursor is null ? null : "\"cursor\":" + JsonSerializer.Serialize(cursor), era == ProtocolEra.Modern ? "\"_meta\":" + Meta.Json : null }.Where(x => x != null)) + "}}");
    public static byte[] Cancelled(long id, string reason) => B("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" + id + ",\"reason\":\"" + reason + "\"}}");
    public static byte[] EmptyResult(ReadOnlySpan<byte> id) => B("{\"jsonrpc\":\"2.0\",\"id\":" + Encoding.UTF8.GetString(id) + ",\"result\":{}}");
    public static byte[] MethodNotFound(ReadOnlySpan<byte> id) => B("{\"jsonrpc\":\"2.0\",\"id\":" + Encoding.UTF8.GetString(id) + ",\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}");
}
internal sealed record DiscoverReply(bool IsModern, IReadOnlyList<string> SupportedVersions, string? ServerInfo)
{
    public static DiscoverReply Parse(byte[] json, bool isError)
    {
        using var d = JsonDocument.Parse(json); var r = d.RootElement;
        if (isError) return new(false, [], null);
        return new(r.TryGetProperty("supportedVersions", out var v), v.ValueKind == JsonValueKind.Array ? [.. v.EnumerateArray().Select(x => x.GetString()!)] : [], null);
    }
}
internal sealed record InitializeReply(string ProtocolVersion, string? ServerInfo) { public static InitializeReply Parse(byte[] json) { using var d = JsonDocument.Parse(json); return new(d.RootElement.GetProperty("protocolVersion").GetString()!, null); } }
internal sealed record ToolListPage(IReadOnlyList<ToolDescription> Tools, string? NextCursor)
{
    public static ToolListPage Parse(byte[] json) { using var d = JsonDocument.Parse(json); return new([.. d.RootElement.GetProperty("tools").EnumerateArray().Select(t => new ToolDescription { Name = t.GetProperty("name").GetString()! })], d.RootElement.TryGetProperty("nextCursor", out var c) ? c.GetString() : null); }
}
internal static class FaultRules { public static CallFault FromErrorCode(long code) => CallFault.Peer(code == -32602 ? FaultType.InvalidParams : FaultType.ToolError, Executed.Maybe); public static CallFault FromToolError(ReadOnlySpan<byte> r) { _ = r; return CallFault.Peer(FaultType.ToolError, Executed.Yes); } }
