using System.Text;
using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

public sealed class StderrTailTests : IDisposable
{
    private readonly Descriptor _write;
    private readonly StderrTail _tail;

    public StderrTailTests()
    {
        (var read, _write) = Descriptor.CreatePipe();
        _tail = new StderrTail(read, PipePoller.Shared, null);
    }

    public void Dispose()
    {
        _write.Dispose();
        _tail.Close();
    }

    [Fact]
    public async Task LastLines_FewLines_AreAllThere()
    {
        await WriteAsync("one\ntwo\n\nthree");

        Assert.Equal("one\ntwo\nthree", _tail.LastLines(10, 1000, Secrets.None));
        Assert.Equal("two\nthree", _tail.LastLines(2, 1000, Secrets.None));
        Assert.Equal("three", _tail.LastLines(10, 8, Secrets.None));
    }

    [Fact]
    public async Task LastLines_MoreThanIsKept_BeginsWithAWholeLine()
    {
        for (var i = 0; i < 2000; i++)
        {
            await WriteAsync($"line {i}\n");
        }

        var lines = _tail.LastLines(int.MaxValue, int.MaxValue, Secrets.None).Split('\n');

        Assert.Equal("line 1999", lines[^1]);
        Assert.Equal(Enumerable.Range(2000 - lines.Length, lines.Length).Select(static i => $"line {i}"), lines);
        Assert.InRange(lines.Sum(static line => line.Length + 1), StderrTail.KeptBytes - 10, StderrTail.KeptBytes);
    }

    [Fact]
    public async Task LastLines_OneLongLine_IsItsEnd()
    {
        await WriteAsync(new string('x', 20_000) + "end");

        Assert.Equal("…xend", _tail.LastLines(10, 4, Secrets.None));
    }

    [Fact]
    public async Task LastLines_ColoursAndControlCharacters_AreCleaned()
    {
        await WriteAsync("\u001b[31;1mred\u001b[0m\ttab\u0007\r\nbar 1%\rbar 2%\r\n\u001b]0;title\u0007after");

        Assert.Equal("red tab\nbar 1%\nbar 2%\nafter", _tail.LastLines(10, 1000, Secrets.None));
    }

    [Fact]
    public async Task LastLines_NotUtf8_IsStillText()
    {
        await WriteAsync([0x61, 0xff, 0x62, 0x0a]);

        Assert.Equal("a\ufffdb", _tail.LastLines(10, 1000, Secrets.None));
    }

    [Fact]
    public async Task LastLines_Secrets_AreBlackedOut()
    {
        await WriteAsync("login with hunter2-and-more failed\n");

        Assert.Equal("login with *** failed", _tail.LastLines(10, 1000, new Secrets(["hunter2-and-more"])));
    }

    [Fact]
    public async Task LastLines_SecretAcrossTheStartOfWhatIsKept_IsNotShownInPart()
    {
        // Colours leave no text behind: the last 8 bytes of the secret are all that is left to show.
        await WriteAsync("hunter2-and-more" + string.Concat(Enumerable.Repeat("\u001b[0m", (StderrTail.KeptBytes / 4) - 2)));

        Assert.Equal("***", _tail.LastLines(10, 1000, new Secrets(["hunter2-and-more"])));
        Assert.Equal("and-more", _tail.LastLines(10, 1000, Secrets.None));
    }

    private Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    private Task WriteAsync(byte[] bytes)
    {
        var expected = _tail.TotalBytes + bytes.Length;
        _write.Write(bytes);
        return Eventually.TrueAsync(() => _tail.TotalBytes == expected, "the tail has read what was written");
    }
}
