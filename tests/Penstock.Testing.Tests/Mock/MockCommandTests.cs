using System.Text;
using Xunit;

namespace Penstock.Testing.Tests.Mock;

public sealed class MockCommandTests
{
    [Fact]
    public async Task RunAsync_UntilInputEnds_AnswersAndReturnsZero()
    {
        var (code, output, errors) = await RunAsync(new MockServerOptions(), RawClient.ModernCall(1, "echo", """{"message":"x"}"""), RawClient.ModernCall(2, "add", """{"a":1,"b":2}"""));

        Assert.Equal(0, code);
        Assert.Equal(2, output.Count(static c => c == '\n'));
        Assert.Empty(errors);
    }

    [Fact]
    public async Task RunAsync_WithExitingTool_ReturnsOneAndSaysWhy()
    {
        var (code, output, errors) = await RunAsync(
            new MockServerOptions(),
            RawClient.ModernCall(1, "fail", """{"kind":"exit","message":"bye"}"""),
            RawClient.ModernCall(2, "echo", "{}"));

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Equal("exited with code 1: bye" + Environment.NewLine, errors);
    }

    [Fact]
    public async Task RunAsync_WithWrongOptions_ReturnsUsageAndListsTheProblems()
    {
        var (code, _, errors) = await RunAsync(new MockServerOptions { PageSize = -1, FailureRate = 2 });

        Assert.Equal(64, code);
        Assert.Equal(2, errors.Count(static c => c == '\n'));
    }

    [Fact]
    public async Task RunAsync_WhenStopped_ReturnsThoughTheInputIsOpen()
    {
        using var stop = new CancellationTokenSource();
        var input = new System.IO.Pipelines.Pipe();
        var running = MockCommand.RunAsync(new MockServerOptions(), input.Reader.AsStream(), new MemoryStream(), new StringWriter(), stop.Token);

        await stop.CancelAsync();

        Assert.Equal(0, await running.WaitAsync(RawClient.Patience));
        await input.Writer.CompleteAsync();
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(MockServerOptions options, params string[] lines)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(lines.Select(static l => l + "\n"))));
        using var output = new MemoryStream();
        using var errors = new StringWriter();
        var code = await MockCommand.RunAsync(options, input, output, errors, default).WaitAsync(RawClient.Patience);
        return (code, Encoding.UTF8.GetString(output.ToArray()), errors.ToString());
    }
}
