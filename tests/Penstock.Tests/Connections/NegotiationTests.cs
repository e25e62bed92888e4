using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Penstock.Calls;
using Penstock.Connections;
using Penstock.Memory;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.Connections;

/// <summary>The verdicts over stdio, one test for each: the peer is played by hand.</summary>
public sealed class NegotiationTests : IAsyncLifetime
{
    private const string Initialized = """{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"old","version":"1"}}""";
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _clock = new();
    private readonly Pipe _requests = new();
    private readonly Pipe _answers = new();
    private readonly StreamConnection _connection;
    private readonly StreamReader _peer;

    public NegotiationTests()
    {
        var door = new Door(new BoundedPool<Slab>(static () => new Slab(), 4), _clock);
        _connection = new StreamConnection(
            new ByteStream(new Duplex(_answers.Reader, _requests.Writer)), door, new Owner(), new ConnectionLimits(64, 0, 1 << 20, new ConnectionCounters()));
        _connection.Start();
        _peer = new StreamReader(_requests.Reader.AsStream());
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _connection.CloseAsync("over");
        _peer.Dispose();
    }

    [Fact]
    public async Task RunAsync_DiscoverResult_IsModern()
    {
        var agreement = RunAsync();
        await AnswerAsync("server/discover", Member("result", """{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{}}"""));
        Assert.Equal((ProtocolEra.Modern, "2026-07-28"), Of(await agreement));
    }

    [Fact]
    public async Task RunAsync_UnsupportedVersionNamingOurs_IsModern()
    {
        var agreement = RunAsync();
        await AnswerAsync("server/discover", Member("error", """{"code":-32022,"message":"no","data":{"supported":["2026-07-28"],"requested":"2027-01-01"}}"""));
        Assert.Equal((ProtocolEra.Modern, "2026-07-28"), Of(await agreement));
    }

    [Fact]
    public async Task RunAsync_UnsupportedVersionWithOnlyLegacyInCommon_Initializes()
    {
        var agreement = RunAsync();
        await AnswerAsync("server/discover", Member("error", """{"code":-32022,"message":"no","data":{"supported":["2025-06-18"],"requested":"2026-07-28"}}"""));
        await AnswerAsync("initialize", Member("result", Initialized));
        Assert.Equal((ProtocolEra.Legacy, "2025-06-18"), Of(await agreement));
    }

    [Fact]
    public async Task RunAsync_NothingInCommon_Fails()
    {
        var agreement = RunAsync();
        await AnswerAsync("server/discover", Member("error", """{"code":-32022,"message":"no","data":{"supported":["2031-01-01"]}}"""));
        await Assert.ThrowsAsync<NegotiationException>(() => agreement);
    }

    [Theory]
    [InlineData(-32601)]
    [InlineData(-32600)]
    [InlineData(-32000)]
    public async Task RunAsync_AnyOtherError_InitializesOnTheSameStream(int code)
    {
        var agreement = RunAsync();
        await AnswerAsync("server/discover", Member("error", $$"""{"code":{{code}},"message":"no"}"""));
        await AnswerAsync("initialize", Member("result", Initialized));
        Assert.Equal((ProtocolEra.Legacy, "2025-06-18"), Of(await agreement));
        Assert.Contains("notifications/initialized", await _peer.ReadLineAsync().WaitAsync(Hang), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_Silence_AsksBothAndTakesWhoAnswersFirst(bool answersInitialize)
    {
        var agreement = RunAsync();
        var discover = await ReadAsync("server/discover");
        await _clock.WaitForTimersAsync(1).WaitAsync(Hang);
        _clock.Advance(TimeSpan.FromSeconds(10));
        var initialize = await ReadAsync("initialize");
        await WriteAsync(answersInitialize
            ? Reply(initialize, Member("result", Initialized))
            : Reply(discover, Member("result", """{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{}}""")));
        Assert.Equal(answersInitialize ? ProtocolEra.Legacy : ProtocolEra.Modern, (await agreement).Era);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_Answered_LeavesNoTimerBehind(bool showsLife)
    {
        var agreement = RunAsync();
        var discover = await ReadAsync("server/discover");
        await _clock.WaitForTimersAsync(1).WaitAsync(Hang);
        if (showsLife)
        {
            await WriteAsync("a banner");
            await _clock.WaitForTimersAsync(2).WaitAsync(Hang);
        }

        await WriteAsync(Reply(discover, Member("result", """{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{}}""")));
        await agreement;
        Assert.Equal(0, _clock.ActiveTimers);
    }

    [Fact]
    public async Task RunAsync_SilenceAfterLife_Initializes()
    {
        var agreement = RunAsync();
        await ReadAsync("server/discover");
        await WriteAsync("a banner");
        await _clock.WaitForTimersAsync(2).WaitAsync(Hang);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await AnswerAsync("initialize", Member("result", Initialized));
        Assert.Equal(ProtocolEra.Legacy, (await agreement).Era);
        Assert.Equal(0, _clock.ActiveTimers);
    }

    [Fact]
    public async Task RunAsync_EndOfStreamDuringTheProbe_ThrowsIOException()
    {
        var agreement = RunAsync();
        await ReadAsync("server/discover");
        await _answers.Writer.CompleteAsync();
        await Assert.ThrowsAsync<IOException>(() => agreement);
    }

    [Fact]
    public async Task RunAsync_LegacyAnswersAnUnknownRevision_Fails()
    {
        var agreement = RunAsync(ProtocolEra.Legacy);
        await AnswerAsync("initialize", Member("result", """{"protocolVersion":"2001-01-01","capabilities":{}}"""));
        await Assert.ThrowsAsync<NegotiationException>(() => agreement);
    }

    [Fact]
    public async Task ReadAsync_BadToolInTheList_IsLeftOutAndTold()
    {
        var skipped = new List<string>();
        _connection.Era = ProtocolEra.Legacy;
        var tools = ToolListing.ReadAsync(_connection, skipped.Add, CancellationToken.None);
        await AnswerAsync("tools/list", Member("result", """{"tools":[{"name":"x"},{"name":"good","inputSchema":{}}],"nextCursor":"2"}"""));
        await AnswerAsync("tools/list", Member("result", """{"tools":[5]}"""));
        Assert.Equal("good", Assert.Single((await tools.WaitAsync(Hang))!.Tools).Name);
        Assert.Equal(["tools[0] (x) has no inputSchema object", "tools[0] is no object"], skipped);
    }

    private static string Member(string name, string json) => $"\"{name}\":{json}";

    private static string Reply(long id, string member) => $"{{\"jsonrpc\":\"2.0\",\"id\":{id},{member}}}";

    private static (ProtocolEra Era, string Version) Of(Agreement agreement) => (agreement.Era, agreement.Version);

    private Task<Agreement> RunAsync(ProtocolEra era = ProtocolEra.Auto) =>
        Negotiation.RunAsync(_connection, era, _clock, CancellationToken.None).WaitAsync(Hang);

    private async Task AnswerAsync(string method, string member) =>
        await WriteAsync(Reply(await ReadAsync(method), member));

    private async Task WriteAsync(string line) => await _answers.Writer.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));

    private async Task<long> ReadAsync(string method)
    {
        using var request = JsonDocument.Parse((await _peer.ReadLineAsync().WaitAsync(Hang))!);
        Assert.Equal(method, request.RootElement.GetProperty("method").GetString());
        return request.RootElement.GetProperty("id").GetInt64();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Owner : IConnectionOwner
    {
        public void RoomFreed()
        {
        }

        public void Unsent(Slab slab)
        {
        }

        public void ToolsChanged()
        {
        }
    }
}
