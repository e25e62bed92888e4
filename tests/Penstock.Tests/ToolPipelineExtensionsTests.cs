using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Penstock.Tests.Servers;
using Xunit;

namespace Penstock.Tests;

public sealed class ToolPipelineExtensionsTests
{
    private static readonly JsonTypeInfo<int> Number = (JsonTypeInfo<int>)JsonSerializerOptions.Default.GetTypeInfo(typeof(int));

    [Theory]
    [InlineData("""{"content":[],"structuredContent":5}""")]
    [InlineData("""{"content":[{"type":"text","text":"5"}]}""")]
    public async Task CallAsync_Typed_ReadsTheAnswer(string result) => Assert.Equal(5, await CallAsync(result));

    [Theory]
    [InlineData("""{"content":[],"structuredContent":"five"}""")]
    [InlineData("""{"content":[{"type":"text","text":"\ud800"}]}""")]
    [InlineData("""{"content":[{"type":"text","text":"5"}],"\ud800structuredContent":5}""")]
    public async Task CallAsync_TypedAnswerOfAnotherKind_ThrowsJsonException(string result) =>
        await Assert.ThrowsAsync<JsonException>(() => CallAsync(result));

    private static async Task<int> CallAsync(string result)
    {
        var transport = new ScriptedTransport((method, _) => method switch
        {
            "initialize" => """ "result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}""",
            "tools/list" => """ "result":{"tools":[{"name":"a","inputSchema":{}}]}""",
            _ => $" \"result\":{result}",
        });
        await using var pipeline = new ToolPipelineBuilder()
            .AddServer("s", s =>
            {
                s.Transport = transport;
                s.Era = ProtocolEra.Legacy;
            })
            .Build();
        return await pipeline.CallAsync(new ToolCall("s/a", "{}"u8.ToArray()), Number).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
    }
}
