using System.Runtime.Versioning;
using System.Text;
using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

[Collection(nameof(Processes))]
[UnsupportedOSPlatform("windows")]
public sealed class ChildProcessTests : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortGrace = TimeSpan.FromMilliseconds(50);

    private readonly List<ChildProcess> _children = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var child in _children)
        {
            child.Kill();
            await child.Ended.WaitAsync(Eventually.Limit);
            child.Dispose();
        }
    }

    [Fact]
    public async Task Echo_HundredMegabytesInRandomWrites_ComesBackIntact()
    {
        const int Total = 100_000_000;
        var cat = Track(Processes.Start("cat"));
        var writing = Task.Run(() => WriteAsync(cat, Total));

        Assert.Equal((Total, true), await Task.Run(() => ReadAsync(cat)).WaitAsync(2 * Eventually.Limit));
        await writing;
        Assert.Equal(new ExitStatus(0, null), await cat.Exited.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task Exited_ExitsByItself_TellsTheCode()
    {
        var child = Track(Processes.StartShell("exit 7"));

        var status = await child.Exited.WaitAsync(Eventually.Limit);

        Assert.Equal(new ExitStatus(7, null), status);
        Assert.Equal("exited with code 7", status.ToString());
        await child.Ended.WaitAsync(Eventually.Limit);
    }

    [Fact]
    public async Task Exited_KilledBySignal_TellsTheSignal()
    {
        var child = Track(Processes.StartShell("kill -SEGV $$"));

        var status = await child.Exited.WaitAsync(Eventually.Limit);

        Assert.Equal("was killed by signal 11 (SIGSEGV)", status.ToString());
    }

    [Fact]
    public async Task Start_OwnSession_HasDefaultSignalsAndNoForeignDescriptors()
    {
        // The fd that ls itself opens for the listing is the fourth. The
        // runtime ignores SIGPIPE, the child must not; signals 32 and 33 are the C library's own.
        var child = Track(Processes.StartShell("cut -d' ' -f6 /proc/$$/stat; grep SigIgn /proc/self/status; ls /proc/self/fd"));

        Assert.Equal(child.Id.ToString(), await Processes.ReadLineAsync(child.Output));
        Assert.Matches("^SigIgn:\t[0-9a-f]{8}[08]0000000$", await Processes.ReadLineAsync(child.Output));
        Assert.Equal("0\n1\n2\n3\n", await Processes.ReadToEndAsync(child.Output));
    }

    [Fact]
    public async Task Start_WorkingDirectoryAndVariables_ReachTheProcess()
    {
        var variables = new Dictionary<string, string> { ["GREETING"] = "grüß dich" };
        var start = new ChildStart("sh", ["-c", "pwd; echo \"$GREETING\"; echo \"$1\"", "sh", "a b"], variables, "/usr");
        var child = Track(ChildProcess.Start(start, TimeProvider.System));

        Assert.Equal("/usr\ngrüß dich\na b\n", await Processes.ReadToEndAsync(child.Output));
    }

    [Fact]
    public async Task Start_NoProgram_ThrowsAndLeavesNothing()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "#!/nonexistent/interpreter\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var failure = Assert.Throws<IOException>(() => Processes.Start(file));

        Assert.Contains("interpreter", failure.Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public async Task Kill_TreeWithGrandchildren_EndsAll()
    {
        var child = Track(Processes.StartShell("sleep 1000 & echo $!; setsid sleep 1000 & echo $!; exec sleep 1000"));
        var inGroup = int.Parse(await Processes.ReadLineAsync(child.Output));
        var ownSession = int.Parse(await Processes.ReadLineAsync(child.Output));

        child.Kill();

        Assert.Equal(new ExitStatus(null, Native.SIGKILL), await child.Exited.WaitAsync(Eventually.Limit));
        await child.Ended.WaitAsync(Eventually.Limit);
        Assert.False(Processes.IsAlive(inGroup));
        Assert.False(Processes.IsAlive(ownSession));
    }

    [Fact]
    public async Task Ended_LeaderExitsFirst_LeftoversAreKilled()
    {
        var child = Track(Processes.StartShell("sleep 1000 & echo $!; setsid sleep 1000 & echo $!; exit 3"));
        var inGroup = int.Parse(await Processes.ReadLineAsync(child.Output));
        var ownSession = int.Parse(await Processes.ReadLineAsync(child.Output));

        await child.Ended.WaitAsync(Eventually.Limit);

        Assert.Equal(3, (await child.Exited).Code);
        Assert.False(Processes.IsAlive(inGroup));
        Assert.False(Processes.IsAlive(ownSession));
    }

    [Fact]
    public async Task Ended_OtherServersTree_IsLeftAlone()
    {
        var other = Track(Processes.StartShell("setsid sleep 1000 & echo $!; exec cat"));
        var othersOwn = int.Parse(await Processes.ReadLineAsync(other.Output));
        var child = Track(Processes.StartShell("exit 0"));

        await child.Ended.WaitAsync(Eventually.Limit);

        Assert.True(Processes.IsAlive(other.Id));
        Assert.True(Processes.IsAlive(othersOwn));
    }

    [Fact]
    public async Task StopAsync_ObedientProcess_EndsWithItsInput()
    {
        var cat = Track(Processes.Start("cat"));

        await cat.StopAsync(Grace);

        Assert.Equal(new ExitStatus(0, null), await cat.Exited);
    }

    [Fact]
    public async Task StopAsync_StubbornProcess_ClosesThenTerminatesThenKills()
    {
        var child = Track(Processes.StartShell("trap 'echo term' TERM; echo ready; cat; echo eof; while :; do sleep 0.05; done"));
        Assert.Equal("ready", await Processes.ReadLineAsync(child.Output));

        var stop = child.StopAsync(TimeSpan.FromSeconds(2));

        Assert.Equal("eof", await Processes.ReadLineAsync(child.Output));
        Assert.Equal("term", await Processes.ReadLineAsync(child.Output));
        await stop.WaitAsync(Eventually.Limit);
        Assert.Equal(new ExitStatus(null, Native.SIGKILL), await child.Exited);
    }

    [Fact]
    public async Task StopAsync_WrapperEndsFirst_ServerKeepsItsGrace()
    {
        // As with npx: the leader dies of SIGTERM at once, the real server, elsewhere, cleans up first.
        const string Server = "trap \"sleep 0.3; echo clean; exit\" TERM; echo ready; while :; do sleep 0.05; done";
        var child = Track(Processes.StartShell($"setsid sh -c '{Server}' & exec sleep 1000"));
        Assert.Equal("ready", await Processes.ReadLineAsync(child.Output));

        var stop = child.StopAsync(TimeSpan.FromSeconds(3));

        Assert.Equal("clean\n", await Processes.ReadToEndAsync(child.Output));
        await stop.WaitAsync(Eventually.Limit);
        Assert.Equal(new ExitStatus(null, Native.SIGTERM), await child.Exited);
    }

    [Fact]
    public async Task StopAsync_CalledTwice_JoinsTheFirst()
    {
        var child = Track(Processes.StartShell("trap '' TERM; exec sleep 1000"));

        await Task.WhenAll(child.StopAsync(ShortGrace), child.StopAsync(Grace)).WaitAsync(Eventually.Limit);

        Assert.True(child.Ended.IsCompleted);
    }

    [Fact]
    public async Task Errors_FloodOfTenMegabytes_NeitherBlocksNorIsKept()
    {
        var child = Track(Processes.StartShell("head -c 10000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last words >&2; echo done"));

        Assert.Equal("done", await Processes.ReadLineAsync(child.Output));
        await child.Exited.WaitAsync(Eventually.Limit);

        Assert.Equal(10_000_000 + 1 + "last words\n".Length, child.Errors.TotalBytes);
        Assert.Equal("last words", child.Errors.LastLines(10, 1000, Secrets.None));
    }

    [Fact]
    public async Task Errors_Callback_GetsEverything()
    {
        var seen = new StringBuilder();
        var start = new ChildStart("sh", ["-c", "echo one >&2; echo two >&2"], new Dictionary<string, string>(), null, Append);
        var child = Track(ChildProcess.Start(start, TimeProvider.System));

        await child.Exited.WaitAsync(Eventually.Limit);

        Assert.Equal("one\ntwo\n", seen.ToString());

        void Append(ReadOnlySpan<byte> chunk) => seen.Append(Encoding.UTF8.GetString(chunk));
    }

    [Fact]
    public async Task UnflushedBytes_ProcessReadTenAndDied_IsAllButTen()
    {
        // Nothing is written after its death: what tells is the pipe, not a failed write.
        var child = Track(Processes.StartShell("dd bs=10 count=1 of=/dev/null 2>/dev/null"));
        await child.Input.WriteAsync(new byte[1000]);

        await child.Exited.WaitAsync(Eventually.Limit);

        Assert.Equal(990, child.Input.UnflushedBytes);
    }

    [Fact]
    public async Task FlushAsync_ProcessDiesWhileThePipeIsFull_Throws()
    {
        var child = Track(Processes.Start("sleep", "1000"));
        child.Input.GetMemory(10_000_000);
        child.Input.Advance(10_000_000);
        var flush = child.Input.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        child.Kill();

        await Assert.ThrowsAsync<IOException>(() => flush.WaitAsync(Eventually.Limit));
        Assert.Equal(10_000_000, child.Input.UnflushedBytes);
    }

    private static async Task WriteAsync(ChildProcess cat, int total)
    {
        var sizes = new Random(2);
        for (var sent = 0; sent < total;)
        {
            var size = Math.Min(sizes.Next(1, 200_000), total - sent);
            Fill(cat.Input.GetSpan(size)[..size], sent);
            cat.Input.Advance(size);
            sent += size;
            await cat.Input.FlushAsync();
        }

        cat.Input.Complete();
    }

    private static async Task<(int Seen, bool IsIntact)> ReadAsync(ChildProcess cat)
    {
        var wanted = new byte[1 << 20];
        var seen = 0;
        var isIntact = true;
        while (true)
        {
            var result = await cat.Output.ReadAsync();
            foreach (var part in result.Buffer)
            {
                Fill(wanted.AsSpan(0, part.Length), seen);
                isIntact &= part.Span.SequenceEqual(wanted.AsSpan(0, part.Length));
                seen += part.Length;
            }

            cat.Output.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return (seen, isIntact);
            }
        }
    }

    // Bytes that depend on their place only, with a period that no buffer's size divides.
    private static void Fill(Span<byte> bytes, long position)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            var at = position + i;
            bytes[i] = (byte)(at ^ (at >> 8) ^ (at % 65_537));
        }
    }

    private ChildProcess Track(ChildProcess child)
    {
        _children.Add(child);
        return child;
    }
}
