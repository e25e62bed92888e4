using System.Text;
using Microsoft.Extensions.Logging;
using Penstock.Connections;
using Penstock.Connections.Stdio;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

public sealed class ErrorLinesTests : IDisposable
{
    private const string Start = "Debug: Server s, replica 2 wrote to its error output: ";

    private readonly ManualTimeProvider _clock = new();
    private readonly RecordedLog _log = new();
    private readonly ErrorLines _lines;

    public ErrorLinesTests() => _lines = new ErrorLines(new TransportContext(_clock, _log, "s", 2), new Secrets(["hunter2-and-more"]));

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Take_LinesInPieces_AreLoggedWhole()
    {
        Take("one\r\n\n", "t", "wo\nhunter2-", "and-more is \u001b[31mthe key\nbar 1%\rbar 2%\n", "last");
        _lines.Take(default);

        var last = await _log.FindAsync("last");

        Assert.Equal(Start + "last", last);
    }

    [Theory]
    [InlineData("one\r\n", "one")]
    [InlineData("log in with hunter2-and-more\n", "log in with ***")]
    [InlineData("\u001b[31mred\u001b[0m\ttab\n", "red tab")]
    [InlineData("10%\rWarning: Server x\n", "10% Warning: Server x")]
    public async Task Take_OneLine_IsCleaned(string written, string shown)
    {
        foreach (var piece in written)
        {
            Take(piece.ToString());
        }

        Assert.Equal(Start + shown, await _log.FindAsync(Start));
    }

    [Fact]
    public async Task Take_LineOfAnyLength_IsCutAndShowsNoPartOfASecret()
    {
        Take(string.Concat(Enumerable.Repeat("hunter2-and-more", 1000)) + "\nnext\n");

        var cut = await _log.FindAsync(Start);

        Assert.Equal(new string('*', 3 * ErrorLines.MaxLineBytes / 16), cut[Start.Length..^1]);
        Assert.Equal(Start + "next", await _log.FindAsync(Start));
        Take(new string('x', 100_000) + "\n");
        Assert.Equal($"{Start}{new string('x', ErrorLines.MaxLineChars)}…", await _log.FindAsync(Start));
    }

    [Fact]
    public async Task Take_Flood_IsDroppedAndTold()
    {
        for (var i = 0; i < 1000; i++)
        {
            Take($"flood {i}\n");
        }

        _clock.Advance(TimeSpan.FromSeconds(1));
        Take("after\n");

        Assert.Equal(Start + "flood 99", await _log.FindAsync("flood 99"));
        Assert.Contains("900 lines are not logged", await _log.FindAsync(""), StringComparison.Ordinal);
        Assert.Equal(Start + "after", await _log.FindAsync(""));
        Assert.Empty(_log.Rest());
    }

    [Fact]
    public async Task Take_LoggerThrows_GoesOn()
    {
        var log = new ThrowingLog();
        var lines = new ErrorLines(new TransportContext(_clock, log, "s", 0), Secrets.None);

        lines.Take("one\ntwo\n"u8);

        Assert.True(await log.Asked.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.True(await log.Asked.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    private void Take(params string[] pieces)
    {
        foreach (var piece in pieces)
        {
            _lines.Take(Encoding.UTF8.GetBytes(piece));
        }
    }

    private sealed class ThrowingLog : ILogger
    {
        public SemaphoreSlim Asked { get; } = new(0);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Asked.Release();
            throw new InvalidOperationException("no log today");
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;
    }
}
