using Penstock.Calls;
using Penstock.Memory;
using Penstock.Tests.Protocol;
using Xunit;

namespace Penstock.Tests.Calls;

public sealed class ResultQueueProperties
{
    [Fact]
    public void RandomHistory_AgreesWithAPlainQueueAndGivesAllBack() => Seeds.Check(300, static random =>
    {
        var pages = new PagePool(4);
        var chunks = new BoundedPool<ResultEntry[]>(static () => new ResultEntry[ResultQueue.ChunkLength], 4);
        var queue = new ResultQueue(pages, chunks);
        var model = new Queue<(long Ordinal, int Length, byte Mark)>();
        var taken = new ResultEntry[ResultQueue.ChunkLength];
        var takenCount = 0;
        long ordinal = 0;
        for (var step = 0; step < 400; step++)
        {
            if (random.Next(3) > 0)
            {
                for (var i = random.Next(1, 60); i > 0; i--)
                {
                    var length = random.Next(200) switch { 0 => random.Next(200_000), 1 => PagePool.PageSize, 2 => 0, _ => random.Next(3000) };
                    var mark = (byte)random.Next(256);
                    ref var entry = ref queue.Append(length, out var bytes);
                    entry.Ordinal = ordinal;
                    entry.ContentLength = length;
                    Assert.Equal(length, bytes.Length);
                    bytes.Fill(mark);
                    model.Enqueue((ordinal++, length, mark));
                }
            }
            else
            {
                queue.Release(taken.AsSpan(0, takenCount));
                if (model.Count == 0)
                {
                    Assert.Equal(0, queue.Bytes);
                    Assert.InRange(pages.Leased, 0, 2);
                }

                takenCount = queue.Take(taken.AsSpan(0, random.Next(1, taken.Length + 1)));
                foreach (ref readonly var entry in taken.AsSpan(0, takenCount))
                {
                    var (number, length, mark) = model.Dequeue();
                    Assert.Equal((number, length, length), (entry.Ordinal, entry.ContentLength, entry.Length));
                    Assert.False(entry.Page.AsSpan(entry.Offset, length).ContainsAnyExcept(mark));
                }
            }

            Assert.Equal(model.Count, queue.Count);
        }

        queue.Release(taken.AsSpan(0, takenCount));
        queue.Clear();
        Assert.Equal((0, 0L, 0, 0), (queue.Count, queue.Bytes, pages.Leased, chunks.Leased));
    });
}
