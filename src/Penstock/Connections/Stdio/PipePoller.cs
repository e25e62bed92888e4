using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Penstock.Connections.Stdio;

/// <summary>Something that waits for a descriptor. Called on the poller's thread only: it must not block and must not run user code.</summary>
internal interface IPollTarget
{
    /// <summary>The descriptor may have become ready, or somebody posted the target. Spurious calls are normal: try, and wait again.</summary>
    void OnReady();
}

/// <summary>
/// One thread that waits for the pipes and exits of all children of this process. Connections read on it, so that a reply goes from the kernel
/// to the pending table without a hop through the thread pool. Edge-triggered: a burst then costs one epoll_wait, and no epoll_ctl to arm it
/// again; targets keep the edge that they were not waiting for in a <see cref="Readiness"/>.
/// </summary>
internal sealed unsafe class PipePoller
{
    private const int MaxEvents = 256;
    private const long WakeKey = 0;

    // struct epoll_event is packed on x86-64 only.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventBytes = DataOffset + 8;

    private static readonly Lazy<PipePoller> LazyShared = new(static () => new PipePoller());

    private readonly int _epoll;
    private readonly int _wake;
    private readonly byte* _events;
    private readonly Thread _thread;

    // Keys are never used twice, so an event that was under way when its descriptor was closed finds nobody.
    private readonly ConcurrentDictionary<long, IPollTarget> _targets = new();
    private readonly ConcurrentQueue<IPollTarget> _posted = new();
    private long _lastKey = WakeKey;
    private int _wakeSent;

    /// <summary>A poller of its own, for a test that measures its thread; programs use <see cref="Shared"/>.</summary>
    internal PipePoller()
    {
        _epoll = Native.epoll_create1(Native.O_CLOEXEC);
        _wake = Native.eventfd(0, Native.O_CLOEXEC | Native.O_NONBLOCK);
        if (_epoll < 0 || _wake < 0)
        {
            throw Descriptor.Failure("The poller could not be made", Marshal.GetLastPInvokeError());
        }

        _events = (byte*)NativeMemory.AllocZeroed((nuint)(MaxEvents * EventBytes));
        Control(Native.EPOLL_CTL_ADD, _wake, Native.EPOLLIN, WakeKey);
        _thread = new Thread(Run) { IsBackground = true, Name = "penstock pipes" };
        _thread.UnsafeStart();
    }

    /// <summary>The one poller of this process; its thread starts with the first use and ends with the process.</summary>
    internal static PipePoller Shared => LazyShared.Value;

    internal bool IsCurrentThread => Thread.CurrentThread == _thread;

    /// <summary>Starts to watch a descriptor; if it is ready already, the target is called at once.</summary>
    internal long Add(int fd, uint events, IPollTarget target)
    {
        var key = Interlocked.Increment(ref _lastKey);
        _targets[key] = target;
        try
        {
            Control(Native.EPOLL_CTL_ADD, fd, events, key);
        }
        catch
        {
            _targets.TryRemove(key, out _);
            throw;
        }

        return key;
    }

    /// <summary>Ends the watch. A call of the target that has begun goes on; no other begins.</summary>
    internal void Remove(int fd, long key)
    {
        _ = Native.epoll_ctl(_epoll, Native.EPOLL_CTL_DEL, fd, null);
        _targets.TryRemove(key, out _);
    }

    /// <summary>Has the target called soon, on the poller's thread, after the descriptors that are ready.</summary>
    internal void Post(IPollTarget target)
    {
        _posted.Enqueue(target);
        if (!IsCurrentThread && Interlocked.Exchange(ref _wakeSent, 1) == 0)
        {
            var one = 1L;
            _ = Native.write(_wake, (byte*)&one, sizeof(long));
        }
    }

    private void Run()
    {
        while (true)
        {
            var count = Native.epoll_wait(_epoll, _events, MaxEvents, _posted.IsEmpty ? -1 : 0);
            for (var i = 0; i < count; i++)
            {
                var key = Unsafe.ReadUnaligned<long>(_events + (i * EventBytes) + DataOffset);
                if (_targets.TryGetValue(key, out var target))
                {
                    target.OnReady();
                }
            }

            // Cleared before the queue is read: whoever posts after this sends a new wake-up. The eventfd is edge-triggered and never read.
            Interlocked.Exchange(ref _wakeSent, 0);

            // What was there at the start only: a target may post itself to let others have their turn.
            for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var posted); left--)
            {
                posted.OnReady();
            }
        }
    }

    private void Control(int operation, int fd, uint events, long key)
    {
        var description = stackalloc byte[16];
        Unsafe.WriteUnaligned(description, events | Native.EPOLLET);
        Unsafe.WriteUnaligned(description + DataOffset, key);
        if (Native.epoll_ctl(_epoll, operation, fd, description) < 0)
        {
            throw Descriptor.Failure("A pipe could not be watched", Marshal.GetLastPInvokeError());
        }
    }
}
