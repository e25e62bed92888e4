using Penstock.Jobs.Bytes;
using Penstock.Jobs.Config;
using Xunit;

namespace Penstock.Jobs.Tests.Config;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0ms", 0)]
    [InlineData("5ms", 5)]
    [InlineData("2s", 2_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("0.25ms", 0.25)]
    [InlineData("10m", 600_000)]
    [InlineData("24h", 86_400_000)]
    [InlineData("10 ms", 10)]
    public void TryDuration_Valid_IsRead(string text, double milliseconds)
    {
        Assert.True(Quantity.TryDuration(text, out var value));
        Assert.Equal(TimeSpan.FromMicroseconds(milliseconds * 1000), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("ms")]
    [InlineData("-5ms")]
    [InlineData("+5ms")]
    [InlineData(".5s")]
    [InlineData("1.2.3s")]
    [InlineData("5 S")]
    [InlineData("5d")]
    [InlineData("1e3ms")]
    [InlineData("1,5s")]
    [InlineData("99999999999999h")]
    [InlineData(" 5ms")]
    public void TryDuration_Invalid_IsRefused(string text) => Assert.False(Quantity.TryDuration(text, out _));

    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("4096B", 4096)]
    [InlineData("10KB", 10_000)]
    [InlineData("10kB", 10_000)]
    [InlineData("10MB", 10_000_000)]
    [InlineData("1KiB", 1024)]
    [InlineData("256MiB", 256L << 20)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("1TiB", 1L << 40)]
    public void TrySize_Valid_IsRead(string text, long bytes)
    {
        Assert.True(Quantity.TrySize(text, out var value));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("lots")]
    [InlineData("10mb")]
    [InlineData("10Mi")]
    [InlineData("-1")]
    [InlineData("1e9")]
    [InlineData("9999999TiB")]
    public void TrySize_Invalid_IsRefused(string text) => Assert.False(Quantity.TrySize(text, out _));

    [Fact]
    public void Format_AnyTenthsOfMicroseconds_ReadsBack() => Seeds.Check(500, static random =>
    {
        var value = TimeSpan.FromTicks(random.Pick(10L, 10_000, 10_000_000, 600_000_000, 36_000_000_000) * random.Next(0, 24));
        Assert.True(Quantity.TryDuration(Quantity.Format(value), out var back), Quantity.Format(value));
        Assert.Equal(value, back);
    });

    [Fact]
    public void FormatSize_AnySize_ReadsBack() => Seeds.Check(500, static random =>
    {
        var value = random.NextInt64(0, 900) << random.Pick(0, 3, 10, 20, 30, 35);
        Assert.True(Quantity.TrySize(Quantity.FormatSize(value), out var back), Quantity.FormatSize(value));
        Assert.Equal(value, back);
    });

    [Theory]
    [InlineData("replica", "replicas")]
    [InlineData("tool", null)]
    [InlineData("REPLICAS", "replicas")]
    [InlineData("argss", "args")]
    [InlineData("agrs", "args")]
    public void Find_MistypedKey_IsTheNearest(string key, string? expected) => Assert.Equal(expected, NearestKey.Find(key, ["replicas", "args"]));
}
