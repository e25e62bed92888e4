using Penstock.Jobs.Config;

namespace Penstock.Jobs.Tests.Config;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("5ms", 5)]
    [InlineData("2s", 2000)]
    [InlineData("10m", 600_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1.5s", 1500)]
    [InlineData("0", 0)]
    public void TryDuration_Valid_Reads(string text, double milliseconds)
    {
        Assert.True(Quantity.TryDuration(text, out var value));
        Assert.Equal(milliseconds, value.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("ms")]
    [InlineData("-1s")]
    [InlineData("1d")]
    [InlineData("1..5s")]
    [InlineData(".5s")]
    [InlineData("1e3s")]
    [InlineData("99999999999h")]
    public void TryDuration_Invalid_Refuses(string text) => Assert.False(Quantity.TryDuration(text, out _));

    [Theory]
    [InlineData("256MiB", 268_435_456)]
    [InlineData("10MB", 10_000_000)]
    [InlineData("4096", 4096)]
    [InlineData("1.5KiB", 1536)]
    [InlineData("1 GiB", 1_073_741_824)]
    public void TrySize_Valid_Reads(string text, long bytes)
    {
        Assert.True(Quantity.TrySize(text, out var value));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("1mb")]
    [InlineData("-1")]
    [InlineData("1e3")]
    public void TrySize_Invalid_Refuses(string text) => Assert.False(Quantity.TrySize(text, out _));

    [Theory]
    [InlineData("5ms")]
    [InlineData("1.5ms")]
    [InlineData("90s")]
    [InlineData("2h")]
    [InlineData("0ms")]
    public void Format_Duration_ReadsBack(string text)
    {
        Assert.True(Quantity.TryDuration(text, out var value));
        Assert.True(Quantity.TryDuration(Quantity.Format(value), out var again));
        Assert.Equal(value, again);
    }
}
