using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

[Collection(nameof(Processes))]
public sealed class ExitWatchTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OnExit_WithAndWithoutPidfd_TellsOnceOnThePollersThread(bool mayUsePidfd)
    {
        var told = new TaskCompletionSource<(ExitStatus Status, bool OnPoller)>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var pipes = new Pipes();
        var pid = pipes.Start("/bin/sh", ["sh", "-c", "read line; exit 5"], [], null);
        var watch = new ExitWatch(pid, PipePoller.Shared, Tell, mayUsePidfd);
        Assert.False(told.Task.IsCompleted);

        pipes.Input.Write("go\n"u8);

        Assert.Equal((new ExitStatus(5, null), true), await told.Task.WaitAsync(Eventually.Limit));
        watch.Dispose();

        void Tell(ExitStatus status) => told.SetResult((status, PipePoller.Shared.IsCurrentThread));
    }

    [Fact]
    public async Task OnExit_CollectedBySomebodyElse_TellsThatItEnded()
    {
        var told = new TaskCompletionSource<ExitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var pipes = new Pipes();
        var pid = pipes.Start("/bin/sh", ["sh", "-c", "exit 5"], [], null);
        ExitWatch.Collect(pid);

        using var watch = new ExitWatch(pid, PipePoller.Shared, told.SetResult);

        Assert.Equal(ExitStatus.Unknown, await told.Task.WaitAsync(Eventually.Limit));
    }
}
