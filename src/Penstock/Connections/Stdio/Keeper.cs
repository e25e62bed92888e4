using System.Runtime.InteropServices;
using System.Text;

namespace Penstock.Connections.Stdio;

/// <summary>
/// One small helper process per host, which kills the servers that are left when the host is gone, however it went. It reads, from a pipe whose
/// other end nobody but the host holds, which groups there are; the pipe ends with the host. It is started with the first server, and again with
/// the next one should it have died. A host that is process 1 of a container needs none: the kernel ends all others with it. Any thread.
/// </summary>
internal sealed class Keeper
{
    /// <summary>The variable that marks every server and, by inheritance, what it starts, even in sessions of their own.</summary>
    internal const string Variable = "PENSTOCK_KEEPER";

    private const string Shell = "/bin/sh";
    private const string DefaultPath = "/usr/local/bin:/usr/bin:/bin";

    // Plain sh: dash, busybox and bash run it; "kill -9 -- -group" is not plain. All groups are killed at once; then what /proc still shows of their
    // sessions or with the mark, until three looks in a row find nothing, since a process may be half-way between its fork and its exec. Without cat
    // and grep only the first step remains.
    private const string Script = """
        # Ends the servers of a Penstock process once that is gone.
        trap '' HUP INT QUIT TERM PIPE USR1 USR2 TSTP TTIN TTOU
        mark=$1
        groups=' '
        while read -r line; do
          case $line in
            +*) groups="$groups${line#+} " ;;
            -*) case $groups in *" ${line#-} "*) groups="${groups%% ${line#-} *} ${groups#* ${line#-} }" ;; esac ;;
          esac
        done
        for group in $groups; do kill -9 "-$group"; done
        looks=0
        clean=0
        while [ "$clean" -lt 3 ] && [ "$looks" -lt 100 ]; do
          looks=$((looks + 1))
          found=$(
            cat /proc/[0-9]*/stat | while read -r line; do
              pid=${line%% *}
              set -- ${line##*) }
              case $1 in Z | X) continue ;; esac
              case $groups in *" $4 "*) kill -9 "$pid" && echo x ;; esac
            done
            for file in $(grep -lsF "PENSTOCK_KEEPER=$mark." /proc/[0-9]*/environ); do
              pid=${file#/proc/}
              kill -9 "${pid%/environ}" && echo x
            done
          )
          if [ -n "$found" ]; then clean=0; else clean=$((clean + 1)); fi
          sleep 0.05 || sleep 1
        done
        """;

    private static readonly Lazy<Keeper> LazyShared = new(static () => new Keeper(PipePoller.Shared));

    private readonly PipePoller _poller;
    private readonly Lock _lock = new();
    private readonly HashSet<int> _groups = [];

    // Lines that the keeper's pipe did not take: it is stopped, or the machine is. They go first next time.
    private readonly List<byte> _unsent = [];
    private Descriptor? _pipe;
    private int _pid;

    internal Keeper(PipePoller poller)
    {
        _poller = poller;

        // A Guid and not RandomNumberGenerator: as random for this, and it does not load OpenSSL (5 MB and 20 ms).
        HostMark = $"{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..16]}";
    }

    /// <summary>The keeper of this process.</summary>
    internal static Keeper Shared => LazyShared.Value;

    /// <summary>What the marks of all servers of this process begin with; a dot and the server's number follow.</summary>
    internal string HostMark { get; }

    /// <summary>The keeper's process, 0 if none runs.</summary>
    internal int ProcessId
    {
        get
        {
            lock (_lock)
            {
                return _pid;
            }
        }
    }

    private static bool IsNeeded => Environment.ProcessId != 1;

    /// <summary>Starts the keeper unless it runs.</summary>
    /// <exception cref="IOException">It cannot be started, and servers would outlive this process.</exception>
    internal void EnsureStarted()
    {
        lock (_lock)
        {
            if (_pipe is null && IsNeeded)
            {
                Start_NeedsLock();
            }
        }
    }

    /// <summary>Puts a group under the keeper's watch.</summary>
    /// <exception cref="IOException">The keeper had died and cannot be started again.</exception>
    internal void Add(int group)
    {
        lock (_lock)
        {
            _groups.Add(group);
            if (IsNeeded && (_pipe is null || !TrySend_NeedsLock($"+{group}\n")))
            {
                Start_NeedsLock();
            }
        }
    }

    /// <summary>Takes a group from the keeper. To be called before the group's number is free for others.</summary>
    internal void Remove(int group)
    {
        lock (_lock)
        {
            if (_groups.Remove(group) && _pipe is not null)
            {
                TrySend_NeedsLock($"-{group}\n");
            }
        }
    }

    private void Start_NeedsLock()
    {
        Forget_NeedsLock();
        var (read, write) = Descriptor.CreatePipe();
        using (read)
        {
            try
            {
                write.SetNonBlocking(Native.O_WRONLY);
                using var nowhere = Descriptor.Open("/dev/null", Native.O_WRONLY);
                string[] environment = [$"PATH={Environment.GetEnvironmentVariable("PATH") ?? DefaultPath}"];
                _pid = Spawn.Start(Shell, ["sh", "-c", Script, "penstock-keeper", HostMark], environment, "/", (read, nowhere, nowhere));
                _pipe = write;
                WatchExit_NeedsLock(_pid);
            }
            catch (IOException e)
            {
                write.Dispose();
                _pipe = null;
                throw new IOException($"The keeper, which ends servers when this process dies, could not be started. {e.Message}", e);
            }
        }

        foreach (var group in _groups)
        {
            TrySend_NeedsLock($"+{group}\n");
        }
    }

    private void WatchExit_NeedsLock(int pid)
    {
        // The callback waits for the lock that is held here, so it sees the watch.
        ExitWatch? watch = null;
        watch = new ExitWatch(pid, _poller, _ =>
        {
            lock (_lock)
            {
                if (_pid == pid)
                {
                    Forget_NeedsLock();
                }

                watch!.Dispose();
            }
        });
    }

    private void Forget_NeedsLock()
    {
        _pipe?.Dispose();
        _pipe = null;
        _pid = 0;
        _unsent.Clear();
    }

    // False: the keeper is gone.
    private bool TrySend_NeedsLock(string line)
    {
        _unsent.AddRange(Encoding.ASCII.GetBytes(line));
        while (_unsent.Count > 0)
        {
            var written = _pipe!.Write(CollectionsMarshal.AsSpan(_unsent));
            if (written == -Native.EAGAIN)
            {
                return true;
            }

            if (written < 0)
            {
                Forget_NeedsLock();
                return false;
            }

            _unsent.RemoveRange(0, written);
        }

        return true;
    }
}
