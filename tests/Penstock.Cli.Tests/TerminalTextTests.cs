using Penstock.Cli.Servers;
using Penstock.Cli.Text;
using Penstock.Cli.Verbs;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>What a server says never moves the cursor, and never looks like a line of ours.</summary>
public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain ø 漢 🙂", "plain ø 漢 🙂")]
    [InlineData("\u001b[2J\u001b]0;title\u0007x", "\uFFFD[2J\uFFFD]0;title\uFFFDx")]
    [InlineData("a\r\nb\tc", "a b c")]
    [InlineData("over\rwritten", "over\uFFFDwritten")]
    [InlineData("\u009b31m\u007f", "\uFFFD31m\uFFFD")]
    [InlineData("\u202Egnp.exe\u2066", "\uFFFDgnp.exe\uFFFD")]
    [InlineData("a\u2028b", "a\uFFFDb")]
    public void Line_AnyText_IsOneHarmlessLine(string text, string expected) => Assert.Equal(expected, TerminalText.Line(text));

    [Fact]
    public void Message_FurtherLines_AreSetIn() =>
        Assert.Equal("exited\n    penstock: all is well\uFFFD[A", TerminalText.Message("exited\r\npenstock: all is well\u001b[A\n"));

    [Fact]
    public void Lines_Text_KeepsItsLinesAndTabs() => Assert.Equal("a\n\tb\uFFFD", TerminalText.Lines("a\r\n\tb\u001b"));

    [Fact]
    public void Table_HostileServer_IsShownWithoutEscapes()
    {
        var tool = new ToolDescription { Name = "\u001b[8mrm", Description = "Lists\u001b[1A\u001b[2K nothing\nmore" };
        var table = ToolsVerb.Table([new ServerStatus { Name = "s", State = ServerState.Up, Transport = "x", Tools = [tool] }], 80);
        Assert.Contains("Lists\uFFFD[1A\uFFFD[2K nothing", table, StringComparison.Ordinal);
        Assert.DoesNotContain(table, static c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public void Page_HostileServer_IsShownWithoutEscapes()
    {
        const string Schema = """{"properties":{"a\u001b[1A":{"type":"\u001b[2K","description":"\u202Ex","default":"\u001b","enum":["\u0007"]}},"required":["a\u001b[1A"]}""";
        var tool = new ToolDescription { Name = "\u001b[8mrm", Title = "\u001b", Description = "Lists\u001b[1A\r", InputSchema = System.Text.Encoding.UTF8.GetBytes(Schema) };
        var page = ToolPage.Of("s", tool, "--server x", 80);
        Assert.Contains("Lists\uFFFD[1A", page, StringComparison.Ordinal);
        Assert.DoesNotContain(page, static c => (char.IsControl(c) && c != '\n') || c == '\u202E');
    }
}
