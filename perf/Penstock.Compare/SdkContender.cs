using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Penstock.Compare;

/// <summary>
/// What people write today: the official SDK's client under Parallel.ForEachAsync. The arguments' dictionary is shared by all calls, in the
/// SDK's favour.
/// </summary>
internal sealed class SdkContender(ContenderSpec spec, bool withPolly) : Contender
{
    private static readonly Dictionary<string, object?> SharedArguments = new() { ["message"] = Message };
    private readonly ResiliencePipeline? _resilience = withPolly ? BuildResilience() : null;
    private McpClient? _client;

    public override async Task StartAsync(CancellationToken stop)
    {
        var transport = new StdioClientTransport(new StdioClientTransportOptions
        {
            Name = "server",
            Command = spec.Server[0],
            Arguments = [.. spec.Server.Skip(1)],
        });
        var options = new McpClientOptions
        {
            ClientInfo = new Implementation { Name = ClientName, Version = ClientVersion },
            ProtocolVersion = spec.IsModern ? "2026-07-28" : "2025-11-25",
        };
        _client = await McpClient.CreateAsync(transport, options, cancellationToken: stop);
        await _client.ListToolsAsync(cancellationToken: stop);
    }

    public override Task RunAsync(CallSource source, Recorder recorder, CancellationToken stop)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = spec.InFlight, CancellationToken = stop };
        return Parallel.ForEachAsync(source.AsEnumerable(), parallel, async (_, callStop) =>
        {
            var start = Clock.Now;
            var result = _resilience is null
                ? await CallAsync(_client!, callStop)
                : await _resilience.ExecuteAsync(static (client, token) => CallAsync(client, token), _client!, callStop);
            Check(result);
            var end = Clock.Now;
            recorder.AddShared(end - start, end);
        });
    }

    public override async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }
    }

    private static ValueTask<CallToolResult> CallAsync(McpClient client, CancellationToken stop) =>
        client.CallToolAsync(Tool, SharedArguments, cancellationToken: stop);

    private static void Check(CallToolResult result)
    {
        if (result.IsError == true || result.Content is not [TextContentBlock text] || text.Text.Length != Message.Length)
        {
            throw new InvalidDataException("The server's answer is not the echo of the message.");
        }
    }

    private static ResiliencePipeline BuildResilience() =>
        new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 3 })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions())
            .AddTimeout(new TimeoutStrategyOptions { Timeout = TimeSpan.FromSeconds(10) })
            .Build();
}
