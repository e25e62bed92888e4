using System.Runtime.InteropServices;

namespace Penstock.Connections.Stdio;

/// <summary>
/// Tells once, on the poller's thread, that a child of this process has ended, and leaves it a zombie until <see cref="Dispose"/>: as long as it is
/// one, its number belongs to it, so that its group and session can be signalled without hitting strangers.
/// </summary>
internal sealed unsafe class ExitWatch : IPollTarget, IDisposable
{
    // Where the kernel has no pidfd (before 5.3) or a sandbox forbids it: how late an exit may be noticed.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly int _pid;
    private readonly Action<ExitStatus> _onExit;
    private readonly Descriptor? _pidfd;
    private readonly ITimer? _timer;
    private bool _told;

    internal ExitWatch(int pid, PipePoller poller, Action<ExitStatus> onExit, bool mayUsePidfd = true)
    {
        _pid = pid;
        _onExit = onExit;
        var fd = mayUsePidfd ? Native.OpenPidfd(pid) : -1;
        if (fd >= 0)
        {
            _pidfd = new Descriptor(fd);
            _pidfd.Watch(poller, Native.EPOLLIN, this);
        }
        else
        {
            _timer = TimeProvider.System.CreateTimer(_ => poller.Post(this), null, TimeSpan.Zero, Interval);
        }
    }

    /// <summary>Waits for the end of a child that is certain to end, without a watch.</summary>
    internal static void Collect(int pid)
    {
        var information = stackalloc byte[128];
        while (Native.waitid(Native.P_PID, pid, information, Native.WEXITED) < 0 &&
            Marshal.GetLastPInvokeError() == Native.EINTR)
        {
        }
    }

    /// <summary>Frees the number of a process whose end was told, and ends the watch.</summary>
    public void Dispose()
    {
        Collect(_pid);
        _pidfd?.Dispose();
        _timer?.Dispose();
    }

    /// <inheritdoc/>
    void IPollTarget.OnReady()
    {
        if (!_told && TryPeek(out var status))
        {
            _told = true;
            _timer?.Dispose();
            _onExit(status);
        }
    }

    private bool TryPeek(out ExitStatus status)
    {
        // siginfo_t is 128 bytes: signal, error and code as ints, then (aligned to a pointer) pid, user and status.
        var information = stackalloc byte[128];
        new Span<byte>(information, 128).Clear();
        status = ExitStatus.Unknown;
        if (Native.waitid(Native.P_PID, _pid, information, Native.WEXITED | Native.WNOHANG | Native.WNOWAIT) < 0)
        {
            // ECHILD: this process ignores SIGCHLD, or collects children that it did not start. Ended, but nobody knows how.
            return Marshal.GetLastPInvokeError() == Native.ECHILD;
        }

        var signal = *(int*)information;
        if (signal == 0)
        {
            return false;
        }

        var code = *(int*)(information + 8);
        var value = *(int*)(information + (sizeof(nint) == 8 ? 24 : 20));
        status = code == Native.CLD_EXITED ? new ExitStatus(value, null) : new ExitStatus(null, value);
        return true;
    }
}
