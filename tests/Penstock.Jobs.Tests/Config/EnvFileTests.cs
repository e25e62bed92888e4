using Penstock.Jobs.Config;
using Xunit;

namespace Penstock.Jobs.Tests.Config;

/// <summary>Lines of variables as docker and dotenv have them.</summary>
public sealed class EnvFileTests
{
    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("export A=b", "b")]
    [InlineData("  A = b c  ", "b c")]
    [InlineData("A=", "")]
    [InlineData("A=b#c", "b#c")]
    [InlineData("A=b # c", "b")]
    [InlineData("A=# c", "")]
    [InlineData("A='b # $c\\n'", "b # $c\\n")]
    [InlineData("A=\"b \\\"c\\\" \\n\\$d\" # e", "b \"c\" \n$d")]
    [InlineData("A=\"b\nc\"\n", "b\nc")]
    [InlineData("A=b=c", "b=c")]
    [InlineData("A=$b", "$b")]
    [InlineData("\uFEFF# one\r\n\r\nA=b\r\n", "b")]
    [InlineData("A=a\nA=b", "b")]
    public void Parse_Line_IsTheValue(string text, string value)
    {
        var problems = new ProblemList();
        Assert.Equal(value, EnvFile.Parse(".env", text, problems)["A"]);
        Assert.Empty(problems.All);
    }

    [Fact]
    public void Parse_BadLines_AreAllToldWithTheirPlaceAndWithoutTheirValues()
    {
        var problems = new ProblemList();
        var values = EnvFile.Parse(".env", "A=1\nhush\n 1B=hush\n=hush\nC=\"hush\" hush\nD=\"x\ny\"\nE F=hush\nG='hush\nH=2\n", problems);
        Assert.Equal(
            [
                ".env:2:5: no '=' after the name; write KEY=value, and quote a value of several lines",
                ".env:3:2: not a variable's name; use A-Z a-z 0-9 _ . - and no digit first",
                ".env:4:1: not a variable's name; use A-Z a-z 0-9 _ . - and no digit first",
                ".env:5:10: text after the closing quote; remove it, or quote the whole value",
                ".env:8:3: no '=' after the name; write KEY=value, and quote a value of several lines",
                ".env:9:3: the quote is never closed; add the closing '",
            ],
            problems.All.Select(static p => p.ToString()));
        Assert.Equal(["A", "D", "H"], values.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_NoFile_IsAProblem()
    {
        var problems = new ProblemList();
        Assert.Empty(EnvFile.Read("none/.env", problems));
        Assert.Equal("none/.env: cannot be read: there is no such file; check the path", Assert.Single(problems.All).ToString());
    }
}
