using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace Penstock.Tests.Servers;

/// <summary>A server over pipes in memory that answers each request as it is told to: for what no mock server would say.</summary>
/// <param name="answer">The member of the answer, for a method and its parameters; null = no answer, empty = it hangs up.</param>
internal sealed class ScriptedTransport(Func<string, JsonElement, string?> answer) : StreamTransport
{
    private PipeWriter? _output;

    public override string ToString() => "script";

    /// <summary>Says something that is no answer, on the newest connection.</summary>
    public async Task SayAsync(string line) => await _output!.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Closes the newest connection.</summary>
    public async Task HangUpAsync() => await _output!.CompleteAsync();

    protected internal override ValueTask<ByteStream> ConnectAsync(CancellationToken stop)
    {
        var requests = new Pipe();
        var answers = new Pipe();
        _output = answers.Writer;
        _ = ServeAsync(requests.Reader, answers.Writer);
        return new(new ByteStream(new Duplex(answers.Reader, requests.Writer)));
    }

    private async Task ServeAsync(PipeReader input, PipeWriter output)
    {
        using var lines = new StreamReader(input.AsStream());
        while (await lines.ReadLineAsync() is { } line)
        {
            using var request = JsonDocument.Parse(line);
            request.RootElement.TryGetProperty("params", out var parameters);
            if (request.RootElement.TryGetProperty("id", out var id)
                && answer(request.RootElement.GetProperty("method").GetString()!, parameters) is { } member)
            {
                if (member.Length == 0)
                {
                    break;
                }

                await output.WriteAsync(Encoding.UTF8.GetBytes($"{{\"jsonrpc\":\"2.0\",\"id\":{id.GetRawText()},{member}}}\n"));
            }
        }

        await output.CompleteAsync();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
