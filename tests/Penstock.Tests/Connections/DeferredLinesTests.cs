using Penstock.Connections;
using Xunit;

namespace Penstock.Tests.Connections;

public sealed class DeferredLinesTests
{
    private readonly DeferredLines _lines = new();

    [Fact]
    public void TryAdd_TooManyLines_RefusesUntilTheyAreTaken()
    {
        Assert.All(Enumerable.Range(0, DeferredLines.MaxLines), _ => Assert.True(_lines.TryAdd([1])));
        Assert.False(_lines.TryAdd([1]));
        Assert.Equal(DeferredLines.MaxLines, _lines.Take().Count);
        Assert.True(_lines.TryAdd([1]));
    }

    [Fact]
    public void TryAdd_TooManyBytes_Refuses()
    {
        Assert.True(_lines.TryAdd(new byte[DeferredLines.MaxBytes - 1]));
        Assert.False(_lines.TryAdd([1, 2]));
        Assert.True(_lines.TryAdd([1]));
        Assert.False(_lines.TryAdd([1]));
    }

    [Fact]
    public void AddNotice_HalfOfTheRoomIsUsed_DropsItAndLeavesTheRest()
    {
        for (var i = 0; i < 2 * DeferredLines.MaxLines; i++)
        {
            _lines.AddNotice([1]);
        }

        Assert.Equal(DeferredLines.MaxLines / 2, _lines.Count);
        Assert.True(_lines.TryAdd([2]));
        Assert.Equal(2, _lines.Take()[^1][0]);
    }
}
