using Penstock.Connections;
using Penstock.Tests.Calls;
using Xunit;

namespace Penstock.Tests.Connections;

public sealed class StreamConnectionTests
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    private readonly FakeSubmission _submission = new();

    [Fact]
    public async Task Read_PeerPingsAndNeverReads_EndsTheConnection()
    {
        await using var peer = new StreamPeer(unreadBytes: 1);
        peer.Connection.Send(peer.House.Calls(_submission, 3));
        await peer.SayAsync(Enumerable.Repeat(Ping, DeferredLines.MaxLines + 1));

        var loss = await peer.ClosedAsync();

        Assert.Equal(new ConnectionLoss(false, StreamConnection.UnreadMessage), loss);
        Assert.Equal([0L, 1, 2], _submission.Ended.Select(static e => e.Ordinal).Order());
        Assert.All(_submission.Ended, static e => Assert.Equal((FaultType.Connection, Executed.Maybe), (e.Fault.Type, e.Fault.Executed)));
    }

    [Fact]
    public async Task Read_PeerPingsAndReadsLate_AnswersEveryPing()
    {
        await using var peer = new StreamPeer(unreadBytes: 1);
        peer.Connection.Send(peer.House.Calls(_submission, 1));
        await peer.SayAsync(Enumerable.Repeat(Ping, DeferredLines.MaxLines));
        var id = Assert.Single(await peer.ReadCallsAsync(1));
        for (var i = 0; i < DeferredLines.MaxLines; i++)
        {
            Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{}}""", await peer.ReadLineAsync());
        }

        await peer.SayAsync(StreamPeer.Answer(id));
        await _submission.WaitForEndsAsync(1);
        Assert.Equal(default, _submission.Ended[0].Fault);
    }
}
