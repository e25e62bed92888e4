using System.Runtime.InteropServices;

namespace Penstock.Connections.Stdio;

/// <summary>
/// Owns one file descriptor. Any thread may use it at any time: every use holds it, so the number is closed, and may be given to another file,
/// only when the last use has ended; a use after <see cref="Dispose"/> answers EBADF. Results below zero are negated error numbers.
/// </summary>
internal sealed unsafe class Descriptor(int fd) : IDisposable
{
    private readonly int _fd = fd;
    private PipePoller? _poller;
    private long _pollKey;
    private int _holds = 1;
    private int _disposed;

    /// <summary>
    /// A new pipe. Neither end is inherited by children, and neither is numbered 0 to 2, which a spawn overwrites one after the other.
    /// </summary>
    internal static (Descriptor Read, Descriptor Write) CreatePipe()
    {
        var fds = stackalloc int[2];
        if (Native.pipe2(fds, Native.O_CLOEXEC) < 0)
        {
            throw Failure("A pipe could not be made", Marshal.GetLastPInvokeError());
        }

        return (new Descriptor(Lift(fds[0])), new Descriptor(Lift(fds[1])));
    }

    /// <summary>Opens a file for one direction, not inherited by children.</summary>
    internal static Descriptor Open(string path, int flags) =>
        TryOpen(path, flags) ?? throw Failure($"'{path}' could not be opened", Marshal.GetLastPInvokeError());

    /// <summary>Opens a file for one direction, not inherited by children; null if that cannot be.</summary>
    internal static Descriptor? TryOpen(string path, int flags)
    {
        var fd = Native.open(path, flags | Native.O_CLOEXEC);
        return fd >= 0 ? new Descriptor(Lift(fd)) : null;
    }

    internal static IOException Failure(string what, int error) => new($"{what}: {Native.Describe(error)}.", error);

    /// <summary>The number, for a spawn. Valid only while the caller keeps the descriptor from being disposed.</summary>
    internal int Number => _fd;

    internal void SetNonBlocking(int accessMode)
    {
        if (Native.fcntl(_fd, Native.F_SETFL, accessMode | Native.O_NONBLOCK) < 0)
        {
            throw Failure("A pipe could not be made non-blocking", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Lets a pipe hold more before it is full. A wish: the user's share of pipe memory may be used up.</summary>
    internal void Widen(int bytes) => _ = Native.fcntl(_fd, Native.F_SETPIPE_SZ, bytes);

    internal int Read(Span<byte> target)
    {
        if (!TryHold())
        {
            return -Native.EBADF;
        }

        nint count;
        fixed (byte* start = target)
        {
            do
            {
                count = Native.read(_fd, start, (nuint)target.Length);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == Native.EINTR);
        }

        var result = count < 0 ? -Marshal.GetLastPInvokeError() : (int)count;
        Release();
        return result;
    }

    internal int Write(ReadOnlySpan<byte> source)
    {
        if (!TryHold())
        {
            return -Native.EBADF;
        }

        nint count;
        fixed (byte* start = source)
        {
            do
            {
                count = Native.write(_fd, start, (nuint)source.Length);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == Native.EINTR);
        }

        var result = count < 0 ? -Marshal.GetLastPInvokeError() : (int)count;
        Release();
        return result;
    }

    /// <summary>For the writing end of a pipe: the bytes in it that nobody can read any more, 0 while somebody could.</summary>
    internal int CountLostBytes()
    {
        if (!TryHold())
        {
            return 0;
        }

        var state = new Native.PollFd { Fd = _fd };
        var unread = 0;
        if (Native.poll(&state, 1, 0) == 1 && (state.Returned & Native.POLLERR) != 0 && Native.ioctl(_fd, Native.FIONREAD, &unread) < 0)
        {
            unread = 0;
        }

        Release();
        return unread;
    }

    /// <summary>Has the poller call the target whenever the descriptor becomes ready. Once per descriptor, by its owner.</summary>
    internal void Watch(PipePoller poller, uint events, IPollTarget target)
    {
        if (TryHold())
        {
            _pollKey = poller.Add(_fd, events, target);
            _poller = poller;
            Release();
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release();
        }
    }

    private static int Lift(int fd)
    {
        if (fd > 2)
        {
            return fd;
        }

        var lifted = Native.fcntl(fd, Native.F_DUPFD_CLOEXEC, 3);
        var error = Marshal.GetLastPInvokeError();
        _ = Native.close(fd);
        return lifted >= 0 ? lifted : throw Failure("A descriptor could not be duplicated", error);
    }

    private bool TryHold()
    {
        var holds = Volatile.Read(ref _holds);
        while (holds > 0)
        {
            var seen = Interlocked.CompareExchange(ref _holds, holds + 1, holds);
            if (seen == holds)
            {
                return true;
            }

            holds = seen;
        }

        return false;
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _holds) == 0)
        {
            // Taken out before it is closed: a child between its fork and its exec may still hold the same file, which would keep it polled.
            _poller?.Remove(_fd, _pollKey);
            _ = Native.close(_fd);
        }
    }
}
