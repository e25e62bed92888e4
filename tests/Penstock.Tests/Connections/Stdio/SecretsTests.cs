using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

public sealed class SecretsTests
{
    private const string Key = "-----BEGIN KEY-----\nabcdefgh\tijkl\r\n-----END KEY-----\n";

    private readonly Secrets _secrets = new(["hunter2-and-more", "hunter2", "short", Key, ""]);

    [Theory]
    [InlineData("with hunter2-and-more, not hunter2!", "with ***, not ***!")]
    [InlineData("a short one", "a short one")]
    [InlineData("-----BEGIN KEY-----\nabcdefgh ijkl\n\n-----END KEY-----", "***")]
    [InlineData("only abcdefgh ijkl", "only ***")]
    public void Hide_WholeText_HidesWhatIsSecret(string text, string shown) => Assert.Equal(shown, _secrets.Hide(text));

    [Theory]
    [InlineData("and-more is the key", "*** is the key")]
    [InlineData("\ufffd-more is the key", "*** is the key")]
    [InlineData("ijkl\n\n-----END KEY-----\nnext", "***\nnext")]
    [InlineData("is the key", "is the key")]
    public void Hide_StartIsCut_HidesTheRestOfASecret(string text, string shown) => Assert.Equal(shown, _secrets.Hide(text, isStartCut: true));

    [Theory]
    [InlineData("the key is hunter2-and", "the key is ***")]
    [InlineData("the key is hunt\ufffd", "the key is ***")]
    [InlineData("the key is", "the key is")]
    public void Hide_EndIsCut_HidesTheFirstPartOfASecret(string text, string shown) => Assert.Equal(shown, _secrets.Hide(text, isEndCut: true));

    [Fact]
    public void Hide_NoSecrets_LeavesTheText() => Assert.Equal("text", Secrets.None.Hide("text", isStartCut: true, isEndCut: true));
}
