using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Penstock.Connections;
using Penstock.Testing;
using Penstock.Tests.Calls;
using Xunit;

namespace Penstock.Tests.Connections;

/// <summary>The other side of a <see cref="StreamConnection"/>, played by hand over pipes in memory, under a clock that stands still.</summary>
internal sealed class StreamPeer : IAsyncDisposable
{
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(1);

    private readonly Pipe _answers = new();
    private readonly StreamReader _lines;

    /// <param name="era">What was negotiated.</param>
    /// <param name="unreadBytes">How much the connection may write before the peer reads.</param>
    /// <param name="maxResponseBytes">The longest line that the connection takes.</param>
    /// <param name="output">What the connection writes to; null = a pipe that the peer reads.</param>
    public StreamPeer(ProtocolEra era = ProtocolEra.Legacy, int unreadBytes = 1 << 16, int maxResponseBytes = 1 << 20, PipeWriter? output = null)
    {
        var requests = new Pipe(new PipeOptions(pauseWriterThreshold: unreadBytes, resumeWriterThreshold: Math.Max(1, unreadBytes / 2)));
        House = new FakeHouse(Clock);
        Connection = new StreamConnection(
            new ByteStream(new Duplex(_answers.Reader, output ?? requests.Writer)), House.Door, House.Owner, new ConnectionLimits(4096, 0, maxResponseBytes, Counters))
        {
            Era = era,
        };
        Connection.Start();
        _lines = new StreamReader(requests.Reader.AsStream());
    }

    public ManualTimeProvider Clock { get; } = new();

    public ConnectionCounters Counters { get; } = new();

    public FakeHouse House { get; }

    public StreamConnection Connection { get; }

    public static string Answer(long id) => $$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{"content":[]}}""";

    /// <summary>Writes lines in one burst.</summary>
    public Task SayAsync(params IEnumerable<string> lines) => WriteAsync(string.Concat(lines.Select(static line => line + "\n")));

    /// <summary>Writes as it is.</summary>
    public async Task WriteAsync(string text) => await _answers.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>The next line that the connection wrote; null after the last one.</summary>
    public Task<string?> ReadLineAsync() => _lines.ReadLineAsync().WaitAsync(Hang);

    /// <summary>The ids of the next calls.</summary>
    public async Task<long[]> ReadCallsAsync(int count)
    {
        var ids = new long[count];
        for (var i = 0; i < count; i++)
        {
            using var line = JsonDocument.Parse((await ReadLineAsync())!);
            Assert.Equal("tools/call", line.RootElement.GetProperty("method").GetString());
            ids[i] = line.RootElement.GetProperty("id").GetInt64();
        }

        return ids;
    }

    /// <summary>Says nothing more.</summary>
    public async Task HangUpAsync() => await _answers.Writer.CompleteAsync();

    public Task<ConnectionLoss> ClosedAsync() => Connection.Closed.WaitAsync(Hang);

    public async ValueTask DisposeAsync()
    {
        await Connection.CloseAsync("over").WaitAsync(Hang);
        _lines.Dispose();
        Assert.Equal(0, House.Slabs.Leased);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
