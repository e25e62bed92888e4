using System.Text;

namespace Penstock.Connections.Stdio;

/// <summary>
/// Signals what a server started: everything in its session, and, by the mark in the environment, what left the session. To find them is a walk
/// over all processes, so requests that come together share one: a fleet of a thousand servers stops with a few walks, not a thousand.
/// </summary>
internal sealed class TreeSweep
{
    private readonly byte[] _markPrefix;
    private readonly ProcessTable _table = new();
    private readonly Lock _requestsLock = new();
    private List<Request> _requests = [];
    private bool _running;

    /// <param name="hostMark">What the marks of this process's servers have in common.</param>
    internal TreeSweep(string hostMark) => _markPrefix = Encoding.UTF8.GetBytes($"{Keeper.Variable}={hostMark}.");

    /// <summary>
    /// Signals all live processes of one server and tells how many there were. The server's own process must not have been reaped, so that its
    /// session's number is not somebody else's by now.
    /// </summary>
    /// <param name="session">The server's process, group and session number.</param>
    /// <param name="number">What follows the host's mark in the server's.</param>
    /// <param name="signal">The signal; 0 only counts. Members of the server's own group get SIGKILL only: the caller signals the group.</param>
    internal Task<int> SignalAsync(int session, long number, int signal)
    {
        var request = new Request(session, number, signal);
        lock (_requestsLock)
        {
            _requests.Add(request);
            if (_running)
            {
                return request.Found.Task;
            }

            _running = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static sweep => sweep.Run(), this, preferLocal: false);
        return request.Found.Task;
    }

    private void Run()
    {
        while (true)
        {
            List<Request> requests;
            lock (_requestsLock)
            {
                if (_requests.Count == 0)
                {
                    _running = false;
                    return;
                }

                requests = _requests;
                _requests = [];
            }

            Walk(requests);
        }
    }

    private void Walk(List<Request> requests)
    {
        var bySession = requests.ToLookup(static request => request.Session);
        var byNumber = requests.ToLookup(static request => request.Number);
        Exception? failure = null;
        try
        {
            foreach (var pid in ProcessTable.Ids())
            {
                if (!_table.TryGetSession(pid, out var group, out var session))
                {
                    continue;
                }

                if (bySession.Contains(session))
                {
                    Signal(bySession[session], pid, group);
                }
                else if (_table.TryFindMark(pid, _markPrefix, out var number) && byNumber.Contains(number))
                {
                    Signal(byNumber[number], pid, group);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = e;
        }

        foreach (var request in requests)
        {
            if (failure is null)
            {
                request.Found.TrySetResult(request.Count);
            }
            else
            {
                request.Found.TrySetException(failure);
            }
        }
    }

    private static void Signal(IEnumerable<Request> requests, int pid, int group)
    {
        foreach (var request in requests)
        {
            request.Count++;
            if (request.Signal == Native.SIGKILL || (request.Signal != 0 && group != request.Session))
            {
                _ = Native.kill(pid, request.Signal);
            }
        }
    }

    private sealed class Request(int session, long number, int signal)
    {
        internal int Session { get; } = session;

        internal long Number { get; } = number;

        internal int Signal { get; } = signal;

        internal int Count { get; set; }

        internal TaskCompletionSource<int> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
