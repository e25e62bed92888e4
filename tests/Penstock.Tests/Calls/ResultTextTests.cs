using System.Text;
using Penstock.Calls;
using Penstock.Tests.Protocol;
using Xunit;

namespace Penstock.Tests.Calls;

public sealed class ResultTextTests
{
    [Theory]
    [InlineData("""{"content":[{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]}""", "a\nb")]
    [InlineData("""{"code":-32603,"message":"no"}""", "no")]
    [InlineData("""{"code":5}""", """{"code":5}""")]
    [InlineData("""{"content":[""", """{"content":[""")]
    [InlineData("""{"content":[{"type":"text","text":"a\ud800b"}]}""", "a\ufffdb")]
    [InlineData("""{"content":[{"type":"text","text":"\udc00\ud83d\ude00\ud83d"}]}""", "\ufffd\ud83d\ude00\ufffd")]
    [InlineData("""{"x\udc00":1,"content":[{"y\ud800":2,"type":"text","text":"ok"}]}""", "ok")]
    [InlineData("""{"message":"\\ud800 \ud800\n"}""", "\\ud800 \ufffd\n")]
    public void Read_Json_IsItsText(string json, string text) => Assert.Equal(text, ResultText.Read(Encoding.UTF8.GetBytes(json), isJson: true));

    [Fact]
    public void Read_BytesThatAreNoUtf8_AreMarked() =>
        Assert.Equal("a\ufffdb", ResultText.Read([.. "{\"message\":\"a"u8, 0xFF, .. "b\"}"u8], isJson: true));

    [Fact]
    public void Read_Garbage_NeverThrows() => Seeds.Check(5000, static random =>
    {
        var make = new RandomJson(random);
        var json = make.Mutate(Encoding.UTF8.GetBytes(make.Object(
            [("message", make.Value(2)), ("content", "[" + make.Object([("type", make.Text()), ("text", make.Text())]) + "]")])));
        Assert.NotNull(ResultText.Read(json, isJson: true));
    });
}
