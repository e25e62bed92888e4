using System.Threading.Tasks.Sources;

namespace Penstock.Connections.Stdio;

/// <summary>
/// The one wait at a time of a pipe's reader or writer: the task it hands out, which is used again and again, and the token that may end it.
/// Begun by the one that uses the pipe; then in the hands of whoever the readiness gives it to.
/// </summary>
/// <param name="target">What the poller is to run when the token fires.</param>
/// <param name="poller">Where the pipe waits.</param>
/// <param name="continuesOnPool">Whether what follows a wait runs on the thread pool, and not on the thread that ends it.</param>
internal sealed class PipeWait<T>(IPollTarget target, PipePoller poller, bool continuesOnPool) : IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> _source = new() { RunContinuationsAsynchronously = continuesOnPool };
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;
    private volatile bool _isTokenCancelled;

    /// <summary>Whether somebody waits.</summary>
    internal bool IsPending { get; private set; }

    /// <summary>What a wait whose token has fired ends with; null while it has not.</summary>
    internal OperationCanceledException? Cancellation => _isTokenCancelled ? new OperationCanceledException(_token) : null;

    internal ValueTask<T> Begin(CancellationToken token)
    {
        _source.Reset();
        var task = new ValueTask<T>(this, _source.Version);
        IsPending = true;
        _isTokenCancelled = false;
        _token = token;
        _registration = token.UnsafeRegister(static wait => ((PipeWait<T>)wait!).OnTokenCancelled(), this);
        return task;
    }

    /// <summary>Ends the wait; what follows it may run before this returns.</summary>
    internal void End(T result, Exception? error)
    {
        _registration.Dispose();
        _registration = default;
        _token = default;
        IsPending = false;
        if (error is null)
        {
            _source.SetResult(result);
        }
        else
        {
            _source.SetException(error);
        }
    }

    T IValueTaskSource<T>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void OnTokenCancelled()
    {
        _isTokenCancelled = true;
        poller.Post(target);
    }
}
