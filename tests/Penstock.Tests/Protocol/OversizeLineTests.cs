using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class OversizeLineTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":{"a":[{"id":9}]}}""", 7L)]
    [InlineData("""{"result":{"id":9,"text":"\"id\":8}"},"jsonrpc":"2.0","id":7}""", 7L)]
    [InlineData("""{"result":[{"id":9}] , "\u0069d" : -7 }""", -7L)]
    [InlineData("""{"id":1,"id":7}""", 7L)]
    [InlineData("""{"id":1,"id":"x"}""", null)]
    [InlineData("""{"result":{"id":9}}""", null)]
    [InlineData("""{"id":7.5}""", null)]
    [InlineData("""{"id":123456789012345678901234567890123456789012345678901234567890}""", null)]
    [InlineData("""{"a":"id","b":{"id":5},"c":["id",5]}""", null)]
    [InlineData("""[{"id":7}]""", null)]
    [InlineData("""banner {"id":7}""", null)]
    [InlineData("""{"result":{"torn":1},"id":7""", null)]
    public void Append_Line_FindsTheMessagesOwnId(string line, long? expected)
    {
        var seen = new OversizeLine();
        seen.Append("{\"id\":3,\"method\":\"left over\""u8);
        seen.Reset();
        seen.Append(Encoding.UTF8.GetBytes(line));
        Assert.Equal(expected, seen.HasId ? seen.Id : null);
        Assert.False(seen.HasMethod);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7}""", true)]
    [InlineData("""{"id":7,"result":{},"jsonrpc" : "2.0"}""", true)]
    [InlineData("""{"id":7,"msg":"jsonrpc","x":{"jsonrpc":"2.0"}}""", false)]
    public void Append_Version_IsSeenAtDepthOne(string line, bool expected)
    {
        var seen = new OversizeLine();
        seen.Append("{\"jsonrpc\":\"left over\""u8);
        seen.Reset();
        seen.Append(Encoding.UTF8.GetBytes(line));
        Assert.Equal(expected, seen.IsJsonRpc);
    }

    [Theory]
    [InlineData("""{"id":7,"method":"roots/list"}""", true)]
    [InlineData("""{"m\u0065thod":"x"}""", true)]
    [InlineData("""{"method":null,"id":7}""", false)]
    [InlineData("""{"params":{"method":"x"}}""", false)]
    public void Append_Method_IsSeenAtDepthOne(string line, bool expected)
    {
        var seen = new OversizeLine();
        seen.Append(Encoding.UTF8.GetBytes(line));
        Assert.Equal(expected, seen.HasMethod);
    }
}
