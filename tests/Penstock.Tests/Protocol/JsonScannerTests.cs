using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class JsonScannerTests
{
    [Theory]
    [InlineData("{}", true)]
    [InlineData(" \r\n{\"a\":[1,{\"b\":null}]}\t", true)]
    [InlineData("{\"a\":\"\\u00e9\\n\"}", true)]
    [InlineData("", false)]
    [InlineData("[]", false)]
    [InlineData("1", false)]
    [InlineData("{}{}", false)]
    [InlineData("{},", false)]
    [InlineData("{\"a\":1,}", false)]
    [InlineData("{a:1}", false)]
    [InlineData("{\"a\":01}", false)]
    [InlineData("{\"a\":1.}", false)]
    [InlineData("{\"a\":+1}", false)]
    [InlineData("{\"a\":NaN}", false)]
    [InlineData("{\"a\":\"\\x\"}", false)]
    [InlineData("{\"a\":\"\\u12g4\"}", false)]
    [InlineData("{\"a\":\"line\nbreak\"}", false)]
    [InlineData("{\"a\":[}", false)]
    [InlineData("{\"a\":{]}", false)]
    [InlineData("{/**/}", false)]
    [InlineData("\uFEFF{}", false)]
    public void IsObject_Text_TellsOneObjectFromTheRest(string json, bool expected) =>
        Assert.Equal(expected, JsonScanner.IsObject(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void IsObject_Latin1Text_IsRefused() => Assert.False(JsonScanner.IsObject([.. "{\"a\":\""u8, 0xE9, .. "\"}"u8]));

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(100_000, false)]
    public void IsObject_DeepNesting_EndsAt64(int depth, bool expected)
    {
        var json = "{\"a\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}";
        Assert.Equal(expected, JsonScanner.IsObject(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void TrySkipValue_ValueAmongOthers_StopsBehindIt()
    {
        var json = "[1, {\"a\":2} ,3]"u8;
        var position = 3;
        Assert.True(JsonScanner.TrySkipValue(json, ref position));
        Assert.Equal(11, position);
    }

    [Fact]
    public void TrySkipValue_Malformed_LeavesThePosition()
    {
        var position = 1;
        Assert.False(JsonScanner.TrySkipValue("[nul]"u8, ref position));
        Assert.Equal(1, position);
    }
}
