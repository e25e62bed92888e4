using Penstock.Jobs.Files;
using Xunit;

namespace Penstock.Jobs.Tests.Files;

public sealed class WriteBehindTests
{
    [Fact]
    public void Advance_BlocksOfAnyLength_StartsEveryByteOnceAndDropsOnlyWhatWasStartedAndIsFarBehind()
    {
        var random = new Random(1);
        var (started, dropped) = (0L, 0L);
        var written = 0L;
        var behind = new WriteBehind(
            (offset, length) =>
            {
                Assert.Equal(started, offset);
                Assert.InRange(length, WriteBehind.Piece, written - offset);
                started = offset + length;
            },
            (offset, length) =>
            {
                Assert.InRange(offset, 0, dropped);
                Assert.InRange(length, 1, WriteBehind.Reach);
                dropped = offset + length;
                Assert.Equal(written - WriteBehind.Kept, dropped);
                Assert.True(dropped < started);
            });
        while (written < 4 * WriteBehind.Reach)
        {
            written += random.NextInt64(1, 3 << 20);
            behind.Advance(written);
            Assert.InRange(written - started, 0, WriteBehind.Piece);
        }

        Assert.InRange(written - dropped, WriteBehind.Kept, WriteBehind.Kept + WriteBehind.Piece);
    }

    [Fact]
    public void Advance_ShortOutput_StaysInMemory() => new WriteBehind(static (_, _) => { }, static (_, _) => Assert.Fail("dropped")).Advance(WriteBehind.Kept);

    /// <summary>Through the system's calls, long enough for its beginning to be dropped, with what was written read back.</summary>
    [Fact]
    public void Flush_LongFile_HoldsAllThatWasWritten()
    {
        var path = Path.GetTempFileName();
        try
        {
            var line = new byte[1000];
            const int Lines = (int)((WriteBehind.Kept + (4 * WriteBehind.Piece)) / 1000);
            using (var file = new RecordFile(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0)))
            {
                for (var i = 0; i < Lines; i++)
                {
                    line.AsSpan().Fill((byte)('a' + (i % 26)));
                    file.Block.Append(line);
                    file.EndRecord();
                }

                file.Flush();
            }

            var read = 0;
            foreach (var text in File.ReadLines(path))
            {
                Assert.True(text.Length == line.Length && text.AsSpan().IndexOfAnyExcept((char)('a' + (read % 26))) < 0);
                read++;
            }

            Assert.Equal(Lines, read);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
