using System.Text;
using System.Text.Json;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class ControlMessagesTests
{
    private const string Meta =
        "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"penstock\",\"version\":\"0.1.0\"},\"io.modelcontextprotocol/clientCapabilities\":{}}";

    [Fact]
    public void Discover_Line_IsTheProbe() =>
        AssertLine("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\",\"params\":{" + Meta + "}}", ControlMessages.Discover(1));

    [Fact]
    public void Initialize_Line_OffersTheNewestLegacyRevision() => AssertLine(
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"penstock","version":"0.1.0"}}}""",
        ControlMessages.Initialize(1));

    [Fact]
    public void Initialized_Line_IsANotification() =>
        AssertLine("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", ControlMessages.Initialized);

    [Theory]
    [InlineData(ProtocolEra.Legacy, null, "{}")]
    [InlineData(ProtocolEra.Legacy, "", "{\"cursor\":\"\"}")]
    [InlineData(ProtocolEra.Legacy, "a\"b\\é", "{\"cursor\":\"a\\\"b\\\\é\"}")]
    [InlineData(ProtocolEra.Modern, null, "{" + Meta + "}")]
    [InlineData(ProtocolEra.Modern, "p2", "{\"cursor\":\"p2\"," + Meta + "}")]
    public void ToolsList_EraAndCursor_GiveTheParams(ProtocolEra era, string? cursor, string parameters) => AssertLine(
        $$"""{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{{parameters}}}""", ControlMessages.ToolsList(2, era, cursor));

    [Fact]
    public void Cancelled_Reason_IsEscaped() => AssertLine(
        """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"reason":"the \"deadline\""}}""",
        ControlMessages.Cancelled(7, "the \"deadline\""));

    [Fact]
    public void WriteCancelled_LargestId_FitsItsLength()
    {
        var destination = new byte[ControlMessages.CancelledLength("deadline".Length)];
        var length = ControlMessages.WriteCancelled(destination, long.MinValue, "deadline"u8);
        Assert.Equal(destination.Length, length);
        AssertLine(
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":-9223372036854775808,"reason":"deadline"}}""", destination);
    }

    [Fact]
    public void Replies_RawId_IsSentBackAsItCame()
    {
        AssertLine("""{"jsonrpc":"2.0","id":"a\u0062","result":{}}""", ControlMessages.EmptyResult("\"a\\u0062\""u8));
        AssertLine("""{"jsonrpc":"2.0","id":5,"error":{"code":-32601,"message":"Method not found"}}""", ControlMessages.MethodNotFound("5"u8));
    }

    [Fact]
    public void Client_Version_IsTheAssemblys()
    {
        using var client = JsonDocument.Parse(RequestMeta.Client.ToArray());
        Assert.Equal(typeof(ToolPipeline).Assembly.GetName().Version!.ToString(3), client.RootElement.GetProperty("version").GetString());
    }

    private static void AssertLine(string expected, ReadOnlySpan<byte> line)
    {
        Assert.Equal(expected + "\n", Encoding.UTF8.GetString(line));
        Assert.True(JsonScanner.IsObject(line));
    }
}
