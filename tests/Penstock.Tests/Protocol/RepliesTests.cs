using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class RepliesTests
{
    [Fact]
    public void DiscoverReply_Result_IsModern()
    {
        var reply = DiscoverReply.Read("""
            {"resultType":"complete","supportedVersions":["2026-07-28",5,"2025-11-25"],"capabilities":{"tools":{"listChanged":false}},
             "_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s","version":"1"}}}
            """u8)!;
        Assert.True(reply.IsModern);
        Assert.Equal(["2026-07-28", "2025-11-25"], reply.SupportedVersions);
        Assert.Equal("2026-07-28", reply.Version);
        Assert.Equal(("s", "1"), (reply.ServerName, reply.ServerVersion));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"supportedVersions\":[")]
    public void DiscoverReply_OtherResult_IsNull(string result) => Assert.Null(DiscoverReply.Read(Encoding.UTF8.GetBytes(result)));

    [Theory]
    [InlineData("""{"code":-32022,"message":"m","data":{"supported":["2026-07-28"],"requested":"2027-01-01"}}""", true, "2026-07-28")]
    [InlineData("""{"code":-32022,"message":"m","data":{"supported":["2025-06-18","2025-03-26"]}}""", true, "2025-06-18")]
    [InlineData("""{"code":-32022,"message":"m","data":{"supported":["2030-01-01"]}}""", true, null)]
    [InlineData("""{"code":-32022,"message":"m"}""", true, null)]
    [InlineData("""{"code":-32020,"message":"m"}""", true, "2026-07-28")]
    [InlineData("""{"code":-32021,"message":"m","data":{"requiredCapabilities":{}}}""", true, "2026-07-28")]
    [InlineData("""{"code":-32601,"message":"Method not found"}""", false, null)]
    [InlineData("""{"code":-32000,"message":"Server not initialized"}""", false, null)]
    [InlineData("null", false, null)]
    public void DiscoverReply_Error_TellsTheEra(string error, bool isModern, string? version)
    {
        var reply = DiscoverReply.ReadError(Encoding.UTF8.GetBytes(error));
        Assert.Equal(isModern, reply.IsModern);
        Assert.Equal(version, reply.Version);
    }

    [Theory]
    [InlineData("2024-11-05", true)]
    [InlineData("2025-03-26", true)]
    [InlineData("2025-06-18", true)]
    [InlineData("2025-11-25", true)]
    [InlineData("2026-07-28", false)]
    [InlineData("2023-01-01", false)]
    public void InitializeReply_Version_MustBeLegacy(string version, bool expected)
    {
        var reply = InitializeReply.Read(Encoding.UTF8.GetBytes(
            $$$"""{"protocolVersion":"{{{version}}}","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}"""))!;
        Assert.Equal(version, reply.ProtocolVersion);
        Assert.Equal(expected, reply.IsSupported);
        Assert.Equal(("s", "1"), (reply.ServerName, reply.ServerVersion));
    }

    [Fact]
    public void InitializeReply_LittleOrNothing_IsReadAsFarAsItGoes()
    {
        var bare = InitializeReply.Read("""{"protocolVersion":"2025-03-26","capabilities":[],"serverInfo":null}"""u8)!;
        Assert.Null(bare.ServerName);
        Assert.Null(InitializeReply.Read("{}"u8));
    }

    [Fact]
    public void ToolListPage_Tools_AreDescribedByteForByte()
    {
        var page = ToolListPage.Read("""
            {"tools":[
              {"name":"get_weather","title":"Weather","description":"d","inputSchema":{ "type" : "object", "x":"\u00e9" },"outputSchema":{"type": "object"},
               "annotations":{"readOnlyHint":true,"title":"other"},"execution":{"taskSupport":"optional"}},
              {"name":"b","inputSchema":{},"annotations":{"idempotentHint":true,"title":"B"},"execution":{"taskSupport":"required"}}],
             "nextCursor":""}
            """u8)!;
        Assert.Equal("", page.NextCursor);
        Assert.Empty(page.Skipped);
        var first = page.Tools[0];
        Assert.Equal(("get_weather", "Weather", "d"), (first.Name, first.Title, first.Description));
        Assert.Equal("""{ "type" : "object", "x":"\u00e9" }"""u8, first.InputSchema.Span);
        Assert.Equal("""{"type": "object"}"""u8, first.OutputSchema.Span);
        Assert.Equal((true, false, false, true), (first.IsReadOnly, first.IsIdempotent, first.RequiresTask, first.IsSafeToRepeat));
        var second = page.Tools[1];
        Assert.Equal(("B", null), (second.Title, second.Description));
        Assert.Equal((false, true, true), (second.IsReadOnly, second.IsIdempotent, second.RequiresTask));
        Assert.True(second.OutputSchema.IsEmpty);
    }

    [Fact]
    public void ToolListPage_BadEntries_AreSkippedWithTheirReason()
    {
        var page = ToolListPage.Read("""
            {"tools":[5,{"inputSchema":{}},{"name":"","inputSchema":{}},{"name":"\ud800","inputSchema":{}},{"name":"x"},
              {"name":"y","inputSchema":{},"n\ud800":1},{"name":"good","inputSchema":{}}],"nextCursor":null}
            """u8)!;
        Assert.Equal("good", Assert.Single(page.Tools).Name);
        Assert.Null(page.NextCursor);
        Assert.Equal(6, page.Skipped.Count);
        Assert.Equal("tools[0] is no object", page.Skipped[0]);
        Assert.Equal("tools[4] (x) has no inputSchema object", page.Skipped[4]);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"tools\":{}}")]
    [InlineData("{\"tools\":[],\"nextCursor\":5}")]
    [InlineData("{\"tools\":[],\"nextCursor\":\"\\udc00\"}")]
    [InlineData("{\"tools\":[]} x")]
    public void ToolListPage_NoToolList_IsNull(string result) => Assert.Null(ToolListPage.Read(Encoding.UTF8.GetBytes(result)));

    [Fact]
    public void Replies_Garbage_NeverThrow() => Seeds.Check(5000, static random =>
    {
        var make = new RandomJson(random);
        var json = make.Mutate(Encoding.UTF8.GetBytes(make.Object(
        [
            ("supportedVersions", make.Value(3)), ("protocolVersion", make.Value(2)), ("capabilities", make.Value(3)), ("data", make.Object([("supported", make.Value(2))])),
            ("serverInfo", make.Value(3)), ("code", make.Pick(["-32022", "5"])), ("nextCursor", make.Text()),
            ("tools", "[" + make.Object([("name", make.Text()), ("inputSchema", make.Object(2)), ("annotations", make.Value(2))]) + "]"),
        ])));
        _ = DiscoverReply.Read(json)?.Version;
        _ = DiscoverReply.ReadError(json).Version;
        _ = InitializeReply.Read(json);
        _ = ToolListPage.Read(json);
    });
}
