using FsCheck;
using FsCheck.Fluent;
using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

public sealed class PipeFdReaderProperties
{
    [Fact]
    public void Read_AnyCutsAndAnyAdvances_YieldsTheBytesWritten()
    {
        // Each step writes so many bytes, or what the pipe takes of them, then consumes so many per cent of what can be seen, and examines all or
        // only that.
        var step = Gen.Choose(0, 30_000).Zip(Gen.Choose(0, 100)).Zip(ArbMap.Default.GeneratorFor<bool>());
        Prop.ForAll(step.ListOf().ToArbitrary(), steps =>
        {
            var (read, write) = Descriptor.CreatePipe();
            write.SetNonBlocking(Native.O_WRONLY);
            var reader = new PipeFdReader(read, PipePoller.Shared);
            var written = new List<byte>();
            var seen = new List<byte>();
            foreach (var ((bytes, percent), examinesAll) in steps)
            {
                var chunk = new byte[bytes];
                new Random(written.Count + 1).NextBytes(chunk);
                written.AddRange(chunk.AsSpan(0, Math.Max(write.Write(chunk), 0)));
                Take(reader, seen, percent, examinesAll);
            }

            write.Dispose();
            while (Take(reader, seen, 100, examinesAll: true))
            {
            }

            reader.Complete();
            return written.SequenceEqual(seen);
        }).QuickCheckThrowOnFailure();
    }

    // False at the end of the input.
    private static bool Take(PipeFdReader reader, List<byte> seen, int percent, bool examinesAll)
    {
        if (!reader.TryRead(out var result))
        {
            return true;
        }

        var count = result.Buffer.Length * percent / 100;
        foreach (var part in result.Buffer.Slice(0, count))
        {
            seen.AddRange(part.Span);
        }

        reader.AdvanceTo(result.Buffer.GetPosition(count), examinesAll ? result.Buffer.End : result.Buffer.GetPosition(count));
        return !result.IsCompleted;
    }
}
