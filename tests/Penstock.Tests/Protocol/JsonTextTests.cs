using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("ping", "ping", true)]
    [InlineData("notifications\\/progress", "notifications/progress", true)]
    [InlineData("\\u0069d", "id", true)]
    [InlineData("\\u0069\\u0064", "id", true)]
    [InlineData("\\u0069", "id", false)]
    [InlineData("idx", "id", false)]
    [InlineData("Id", "id", false)]
    [InlineData("\\u0169d", "id", false)]
    [InlineData("id\\", "id", false)]
    [InlineData("i\\u00", "id", false)]
    [InlineData("", "id", false)]
    public void Matches_RawText_UndoesEscapes(string raw, string ascii, bool expected) =>
        Assert.Equal(expected, JsonText.Matches(Encoding.UTF8.GetBytes(raw), Encoding.UTF8.GetBytes(ascii)));

    [Fact]
    public void Unescape_ShortDestination_StopsWhenFull()
    {
        Span<byte> destination = stackalloc byte[5];
        Assert.Equal(5, JsonText.Unescape("a\\n\\u0041\\\"\\u00e9b"u8, destination));
        Assert.Equal("a\nA\"?"u8, destination);
    }

    [Theory]
    [InlineData("-9223372036854775808", true)]
    [InlineData("9223372036854775808", false)]
    [InlineData("1.0", false)]
    [InlineData("1e3", false)]
    [InlineData("\"1\"", false)]
    [InlineData("null", false)]
    public void TryReadInteger_Token_TakesIntegersOf64Bits(string token, bool expected) =>
        Assert.Equal(expected, JsonText.TryReadInteger(Encoding.UTF8.GetBytes(token), out _));
}
