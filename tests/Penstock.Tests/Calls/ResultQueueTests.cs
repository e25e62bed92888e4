using Penstock.Calls;
using Penstock.Memory;
using Penstock.Tests.Protocol;
using Xunit;

namespace Penstock.Tests.Calls;

public sealed class ResultQueueTests
{
    [Fact]
    public void AppendTakeRelease_Random_AgreesWithAQueue() => Seeds.Check(200, static random =>
    {
        var pages = new PagePool(4);
        var chunks = new BoundedPool<ResultEntry[]>(static () => new ResultEntry[ResultQueue.ChunkLength], 4);
        var queue = new ResultQueue(pages, chunks);
        var model = new Queue<(long Ordinal, byte Mark, int Length)>();
        var taken = new ResultEntry[ResultQueue.ChunkLength];
        var ordinal = 0L;
        for (var step = 0; step < 60; step++)
        {
            for (var i = random.Next(150); i > 0; i--)
            {
                var length = random.Next(60) == 0 ? random.Next(150_000) : random.Next(600);
                ref var entry = ref queue.Append(length, out var bytes);
                entry.Ordinal = ordinal;
                entry.ContentLength = length;
                bytes.Fill((byte)ordinal);
                model.Enqueue((ordinal, (byte)ordinal, length));
                ordinal++;
            }

            var count = queue.Take(taken.AsSpan(0, random.Next(1, taken.Length + 1)));
            for (var i = 0; i < count; i++)
            {
                var (expected, mark, length) = model.Dequeue();
                Assert.Equal((expected, length), (taken[i].Ordinal, taken[i].Length));
                Assert.Equal(-1, taken[i].Page.AsSpan(taken[i].Offset, length).IndexOfAnyExcept(mark));
            }

            queue.Release(taken.AsSpan(0, count));
            Assert.Equal(model.Count, queue.Count);
            if (model.Count == 0)
            {
                Assert.Equal(0, queue.Bytes);
                Assert.InRange(pages.Leased, 0, 2);
            }
        }

        queue.Clear();
        Assert.Equal((0, 0, 0, 0L), (queue.Count, pages.Leased, chunks.Leased, queue.Bytes));
    });
}
