using System.Text;
using Penstock.Jobs.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("a\nb", new[] { "a", "b" })]
    [InlineData("a\r\nb\r\n", new[] { "a", "b" })]
    [InlineData("a\r", new[] { "a" })]
    [InlineData("a\rb\n", new[] { "a\rb" })]
    [InlineData("\n\n", new[] { "", "" })]
    [InlineData("\uFEFFa\n", new[] { "a" })]
    [InlineData("a\n\uFEFFb", new[] { "a", "\uFEFFb" })]
    [InlineData("\uFEFF", new string[0])]
    public void TryRead_Text_IsCutAtItsLineEnds(string text, string[] lines) =>
        Assert.Equal(lines, Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), 64, 1000).Select(static l => l.Text));

    [Fact]
    public void TryRead_BytesThatAreNoUtf8_AreGivenAsTheyAre()
    {
        using var blocks = new InputBlocks(new MemoryStream([0xFF, 0xEF, 0xBB, (byte)'\n', 0xC3]));
        var reader = new LineReader(blocks);
        Assert.True(blocks.Fill());
        Assert.True(reader.TryRead(out var line, out _));
        Assert.Equal([0xFF, 0xEF, 0xBB], line.ToArray());
        Assert.False(blocks.Fill());
        Assert.True(reader.TryRead(out line, out _));
        Assert.Equal([0xC3], line.ToArray());
    }

    [Fact]
    public void TryRead_HalfAByteOrderMark_IsALine()
    {
        using var blocks = new InputBlocks(new MemoryStream([0xEF, 0xBB]));
        var reader = new LineReader(blocks);
        blocks.Fill();
        blocks.Fill();
        Assert.True(reader.TryRead(out var line, out _));
        Assert.Equal([0xEF, 0xBB], line.ToArray());
    }

    [Fact]
    public async Task FillAsync_StopWhileTheStreamIsSilent_ThrowsAndLeavesTheRead()
    {
        using var stop = new CancellationTokenSource();
        using var blocks = new InputBlocks(new SilentStream());
        var fill = blocks.FillAsync(stop.Token).AsTask();
        Assert.False(fill.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fill);
    }

    /// <summary>All lines of a stream, and whether each was too long.</summary>
    public static List<(string Text, bool IsTooLong)> Read(Stream stream, int blockLength, int maxLineLength)
    {
        using var blocks = new InputBlocks(stream, blockLength);
        var reader = new LineReader(blocks, maxLineLength);
        var lines = new List<(string, bool)>();
        bool isMore;
        do
        {
            isMore = blocks.Fill();
            while (reader.TryRead(out var line, out var isTooLong))
            {
                lines.Add((Encoding.Latin1.GetString(line.Span), isTooLong));
            }
        }
        while (isMore);
        return [.. lines.Select(static l => (Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(l.Item1)), l.Item2))];
    }

    private sealed class SilentStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(new TaskCompletionSource<int>().Task);
    }
}
