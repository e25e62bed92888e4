using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using Penstock.Protocol;

namespace Penstock.Benchmarks;

/// <summary>
/// What it costs to find, in one reply, its id and the bytes of its result with what the framework offers: these are the baselines for
/// reading replies. Id first is how most servers answer, id last how all TypeScript servers do.
/// </summary>
[MemoryDiagnoser]
public class ProtocolBenchmarks
{
    private const string Result =
        """{"resultType":"complete","content":[{"type":"text","text":"The quick brown fox jumps over the lazy dog while 42 penguins watch from a cold shore."}]}""";

    private byte[] _line = [];

    [Params(false, true)]
    public bool IdLast { get; set; }

    [GlobalSetup]
    public void WriteLine() => _line = Encoding.UTF8.GetBytes(IdLast
        ? "{\"result\":" + Result + ",\"jsonrpc\":\"2.0\",\"id\":1000000007}"
        : "{\"jsonrpc\":\"2.0\",\"id\":1000000007,\"result\":" + Result + "}");

    [Benchmark(Baseline = true)]
    public int ReadAsNode()
    {
        var message = JsonNode.Parse(_line)!;
        return (int)message["id"]!.GetValue<long>() + Encoding.UTF8.GetByteCount(message["result"]!.ToJsonString());
    }

    [Benchmark]
    public int ReadAsDocument()
    {
        using var message = JsonDocument.Parse(_line);
        return (int)message.RootElement.GetProperty("id").GetInt64() + message.RootElement.GetProperty("result").GetRawText().Length;
    }

    [Benchmark]
    public int ReadWithUtf8JsonReader()
    {
        long id = 0;
        var length = 0;
        var reader = new Utf8JsonReader(_line);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("id"u8);
            var isResult = reader.ValueTextEquals("result"u8);
            reader.Read();
            var start = reader.TokenStartIndex;
            if (isId)
            {
                id = reader.GetInt64();
            }

            reader.Skip();
            if (isResult)
            {
                length = (int)(reader.BytesConsumed - start);
            }
        }

        return (int)id + length;
    }

    /// <summary>The engine's reader: one strict pass, nothing copied.</summary>
    [Benchmark]
    public int ReadWithTheEngine()
    {
        JsonRpcReader.TryRead(_line, out var message);
        return (int)message.Id + message.Result.Length;
    }

    /// <summary>What no reader can beat: every byte looked at once, for the line's end.</summary>
    [Benchmark]
    public int LookAtEveryByte() => _line.AsSpan().IndexOf((byte)'\n');
}
