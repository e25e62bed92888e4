using FsCheck;
using FsCheck.Fluent;
using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

public sealed class PipeFdWriterProperties
{
    [Fact]
    public void Write_AnySizesAndFlushes_ArrivesInOrderAndAddsUp()
    {
        // Each step asks for so much room, fills a part of it, and flushes or not.
        var step = Gen.Choose(0, 150_000).Zip(Gen.Choose(0, 100)).Zip(ArbMap.Default.GeneratorFor<bool>());
        Prop.ForAll(step.ListOf().ToArbitrary(), Gen.Choose(1, 70_000).ToArbitrary(), (steps, readSize) =>
            Task.Run(() => HoldsAsync([.. steps], readSize)).WaitAsync(Eventually.Limit).GetAwaiter().GetResult())
            .QuickCheckThrowOnFailure();
    }

    private static async Task<bool> HoldsAsync(((int Room, int Percent) Write, bool Flushes)[] steps, int readSize)
    {
        var (read, write) = Descriptor.CreatePipe();
        var writer = new PipeFdWriter(write, PipePoller.Shared);
        var reading = Task.Run(() => ReadAll(read, readSize));
        var written = new List<byte>();
        var addsUp = true;
        var gathered = 0L;
        foreach (var ((room, percent), flushes) in steps)
        {
            var part = new byte[room * percent / 100];
            new Random(written.Count + 1).NextBytes(part);
            part.CopyTo(writer.GetMemory(room));
            writer.Advance(part.Length);
            written.AddRange(part);
            gathered += part.Length;
            addsUp &= writer.UnflushedBytes == gathered;
            if (flushes)
            {
                await writer.FlushAsync();
                gathered = 0;
                addsUp &= writer.UnflushedBytes == 0;
            }
        }

        await writer.CompleteAsync();
        var seen = await reading;
        read.Dispose();
        return addsUp && written.SequenceEqual(seen);
    }

    private static List<byte> ReadAll(Descriptor read, int readSize)
    {
        var all = new List<byte>();
        var buffer = new byte[readSize];
        for (var count = read.Read(buffer); count > 0; count = read.Read(buffer))
        {
            all.AddRange(buffer.AsSpan(0, count));
        }

        return all;
    }
}
