using System.Text;
using System.Text.Json;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class ToolCallTemplateTests
{
    [Fact]
    public void CanName_Text_IsWhetherItCanBeEncoded()
    {
        // Not as data of a theory: metadata cannot hold half a pair either.
        Assert.All(["", "geocode", "\ud83d\ude00", "a\ud83d\ude00\ud83d\ude00b"], static (string name) => Check(name, true));
        Assert.All(["\ud83d", "a\ude00b", "\ud83d\ud83d\ude00", "\ud83d\ude00\ude00"], static (string name) => Check(name, false));

        static void Check(string name, bool expected)
        {
            Assert.Equal(expected, ToolCallTemplate.CanName(name));
            Assert.Equal(expected, Record.Exception(() => new ToolCallTemplate(name, ProtocolEra.Legacy)) is null);
        }
    }

    [Fact]
    public void Write_Legacy_IsTheLineOfTheProtocol() => Assert.Equal(
        """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"message":"hi"}}}""" + "\n",
        Write(new ToolCallTemplate("echo", ProtocolEra.Legacy), 7, """{"message":"hi"}"""));

    [Fact]
    public void Write_Modern_CarriesItsMetadata() => Assert.Equal(
        """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"message":"hi"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"penstock","version":"0.1.0"},"io.modelcontextprotocol/clientCapabilities":{}}}}""" + "\n",
        Write(new ToolCallTemplate("echo", ProtocolEra.Modern), 7, """{"message":"hi"}"""));

    [Fact]
    public void Write_NoArguments_SendsAnEmptyObject() => Assert.Contains(
        "\"arguments\":{}}}", Write(new ToolCallTemplate("echo", ProtocolEra.Legacy), 7, ""), StringComparison.Ordinal);

    [Fact]
    public void Write_PrettyPrintedArguments_StayOneLine() => Assert.Contains(
        "\"arguments\":{  \"a\": [1,  2],\"b\": \"x\\ny\"}}}",
        Write(new ToolCallTemplate("echo", ProtocolEra.Legacy), 7, "\r\n{\r\n  \"a\": [1,\n  2],\n\"b\": \"x\\ny\"\r\n}\n"),
        StringComparison.Ordinal);

    [Fact]
    public void Write_LargestId_FitsMaxLength() => Assert.Contains(
        "\"id\":-9223372036854775808,", Write(new ToolCallTemplate("t", ProtocolEra.Modern), long.MinValue, "{}"), StringComparison.Ordinal);

    [Fact]
    public void Write_ShortDestination_Throws()
    {
        var template = new ToolCallTemplate("echo", ProtocolEra.Legacy);
        for (var length = 0; length < template.MaxLength(2) - 20; length++)
        {
            Assert.ThrowsAny<ArgumentException>(() => template.Write(new byte[length], 7, "{}"u8));
        }
    }

    [Fact]
    public void Constructor_EraNotSettled_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ToolCallTemplate("echo", ProtocolEra.Auto));

    [Fact]
    public void Write_AnyCall_ParsesToTheSameNameAndArguments() => Seeds.Check(2000, static random =>
    {
        var make = new RandomJson(random);
        var name = JsonSerializer.Deserialize<string>(make.Text())!;
        var arguments = make.Space() + make.Object(4).Replace(",", make.Pick([",", ",\n", "\r\n,"]), StringComparison.Ordinal);
        using var expected = TryParse(arguments);
        if (expected is null)
        {
            return; // a comma inside a string was broken: no JSON, so nothing that would be sent
        }

        var id = random.NextInt64();
        var era = make.Pick([ProtocolEra.Modern, ProtocolEra.Legacy]);
        var line = Write(new ToolCallTemplate(name, era), id, arguments);
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));

        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        Assert.Equal(id, root.GetProperty("id").GetInt64());
        Assert.Equal("tools/call", root.GetProperty("method").GetString());
        Assert.Equal(name, root.GetProperty("params").GetProperty("name").GetString());
        Assert.True(JsonElement.DeepEquals(expected.RootElement, root.GetProperty("params").GetProperty("arguments")));
        Assert.Equal(era == ProtocolEra.Modern, root.GetProperty("params").TryGetProperty("_meta", out _));

        Assert.True(JsonRpcReader.TryRead(Encoding.UTF8.GetBytes(line), out var message));
        Assert.Equal(MessageKind.Request, message.Kind);
        Assert.Equal(id, message.Id);
    });

    private static JsonDocument? TryParse(string json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Write(ToolCallTemplate template, long id, string arguments)
    {
        var bytes = Encoding.UTF8.GetBytes(arguments);
        var destination = new byte[template.MaxLength(bytes.Length)];
        return Encoding.UTF8.GetString(destination.AsSpan(0, template.Write(destination, id, bytes)));
    }
}
