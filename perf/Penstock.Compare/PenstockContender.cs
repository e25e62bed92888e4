namespace Penstock.Compare;

/// <summary>
/// The engine through its public surface. Every transport goes: stdio now, and one without a server behind it where the engine alone is the
/// question. Latencies are the engine's own (<see cref="ToolResult.AttemptElapsed"/>): from write to answer, as the other contenders' are.
/// </summary>
internal sealed class PenstockContender(ContenderSpec spec, Func<Transport> transport) : Contender
{
    private const string Server = "server";
    private ToolPipeline? _pipeline;

    public override async Task StartAsync(CancellationToken stop)
    {
        _pipeline = new ToolPipelineBuilder()
            .AddServer(Server, s =>
            {
                s.Transport = transport();
                s.MaxInFlight = spec.InFlight;
                s.Era = spec.IsModern ? ProtocolEra.Modern : ProtocolEra.Legacy;
            })
            .Build();
        var report = await _pipeline.StartAsync(stop);
        if (!report.IsComplete)
        {
            throw new InvalidDataException($"The server did not start: {report.Servers[0].Failure}");
        }
    }

    public override async Task RunAsync(CallSource source, Recorder recorder, CancellationToken stop)
    {
        await foreach (ToolResult result in _pipeline!.ExecuteAsync(Calls(source), stop))
        {
            if (!result.IsSuccess || result.Content.Span.IndexOf(MessageUtf8) < 0)
            {
                throw new InvalidDataException($"Call {result.Ordinal}: {result.Fault} {result.GetText()}");
            }

            recorder.Add(result.AttemptElapsed.Ticks * 100, Clock.Now);
        }
    }

    public override ValueTask DisposeAsync() => _pipeline?.DisposeAsync() ?? default;

    private static IEnumerable<ToolCall> Calls(CallSource source)
    {
        var call = new ToolCall($"{Server}/{Tool}", Arguments) { IsValidated = true };
        while (source.TryTake())
        {
            yield return call;
        }
    }
}
