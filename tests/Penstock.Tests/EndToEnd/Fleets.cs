using System.Text;
using Penstock.Testing;

namespace Penstock.Tests.EndToEnd;

/// <summary>Pipelines over loopback servers, and what tests do with them again and again.</summary>
internal static class Fleets
{
    /// <summary>A test that waits longer than this hangs.</summary>
    public static readonly TimeSpan Hang = TimeSpan.FromMinutes(2);

    /// <summary>Adds a loopback server that starts again at once.</summary>
    public static ToolPipelineBuilder Add(this ToolPipelineBuilder builder, string name, LoopbackServer server, Action<ServerOptions>? configure = null) =>
        builder.AddServer(name, s =>
        {
            s.Transport = server.Transport;
            s.Restart.InitialDelay = TimeSpan.FromMilliseconds(1);
            s.Restart.MaxDelay = TimeSpan.FromMilliseconds(5);
            configure?.Invoke(s);
        });

    public static ToolCall Echo(string server, int row) => new($"{server}/echo", Encoding.ASCII.GetBytes($$"""{"message":"row {{row}}"}"""));

    public static IEnumerable<ToolCall> Echoes(string server, int count) => Enumerable.Range(0, count).Select(i => Echo(server, i));

    /// <summary>Runs calls to their end.</summary>
    public static async Task<List<OwnedResult>> RunAsync(this ToolPipeline pipeline, IEnumerable<ToolCall> calls, CancellationToken stop = default)
    {
        var results = new List<OwnedResult>();
        await foreach (var result in pipeline.ExecuteAsync(calls, stop))
        {
            results.Add(result.ToOwned());
        }

        return results;
    }

    public static Task<OwnedResult> CallAsync(this ToolPipeline pipeline, string tool, string arguments = "{}") =>
        pipeline.CallAsync(new ToolCall(tool, Encoding.UTF8.GetBytes(arguments))).AsTask().WaitAsync(Hang);
}
