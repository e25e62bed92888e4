using Penstock.Jobs.Files;
using Xunit;

namespace Penstock.Jobs.Tests.Files;

public sealed class RecordFileTests
{
    /// <summary>A full disk takes a part of a block.</summary>
    [Fact]
    public void Flush_DiskThatFillsInTheMiddle_LeavesNoHalfRecord()
    {
        using var folder = new TempFolder();
        var path = folder.Of("out");
        using (var file = new RecordFile(new FillingFile(path, room: 6)))
        {
            Write(file, "one");
            file.Flush();
            Write(file, "two");
            Assert.Throws<IOException>(file.Flush);
        }

        Assert.Equal("one\n", File.ReadAllText(path));
    }

    [Fact]
    public void Empty_FileOfAnEarlierRun_StartsAfresh()
    {
        using var folder = new TempFolder();
        var path = folder.Write("out", "an earlier run's records\n");
        using (var file = new RecordFile(new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0)))
        {
            file.Empty();
            Write(file, "new");
            file.Flush();
        }

        Assert.Equal("new\n", File.ReadAllText(path));
    }

    private static void Write(RecordFile file, string record)
    {
        file.Block.Append(System.Text.Encoding.UTF8.GetBytes(record));
        file.EndRecord();
    }

    private sealed class FillingFile(string path, int room) : FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0)
    {
        private int _room = room;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var taken = Math.Min(_room, buffer.Length);
            base.Write(buffer[..taken]);
            _room -= taken;
            if (taken < buffer.Length)
            {
                throw new IOException("no space left");
            }
        }
    }
}
