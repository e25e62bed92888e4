using Penstock.Protocol;

namespace Penstock.Connections;

/// <summary>An answer to a request of our own.</summary>
/// <param name="IsError">Whether <paramref name="Json"/> is a JSON-RPC error object and not a result.</param>
/// <param name="Json">The object's bytes.</param>
internal sealed record ControlReply(bool IsError, byte[] Json);

/// <summary>The connection's own requests that wait for an answer: a handful in a connection's life. Thread-safe.</summary>
internal sealed class ControlRequests
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, TaskCompletionSource<ControlReply>> _open = [];
    private long _generation;
    private IOException? _failure;

    public (long Id, Task<ControlReply> Reply) Open()
    {
        var reply = new TaskCompletionSource<ControlReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_failure is not null)
            {
                throw _failure;
            }

            var id = (++_generation << PendingCalls.IndexBits) | PendingCalls.ReservedIndex;
            _open.Add(id, reply);
            return (id, reply.Task);
        }
    }

    public void Forget(long id)
    {
        lock (_gate)
        {
            _open.Remove(id);
        }
    }

    /// <summary>Brings an answer to its request; one that nobody waits for any more is dropped.</summary>
    public void Answer(long id, in JsonRpcMessage message, ReadOnlySpan<byte> line)
    {
        TaskCompletionSource<ControlReply>? reply;
        lock (_gate)
        {
            _open.Remove(id, out reply);
        }

        if (reply is not null)
        {
            var isError = message.Kind == MessageKind.Error;
            reply.TrySetResult(new ControlReply(isError, (isError ? message.Error : message.Result).Of(line).ToArray()));
        }
    }

    /// <summary>Ends one request badly. False: nobody waits for it.</summary>
    public bool TryFail(long id, IOException failure)
    {
        TaskCompletionSource<ControlReply>? reply;
        lock (_gate)
        {
            _open.Remove(id, out reply);
        }

        return reply?.TrySetException(failure) ?? false;
    }

    /// <summary>The connection is lost: nothing will be answered any more.</summary>
    public void Fail(IOException failure)
    {
        List<TaskCompletionSource<ControlReply>> open;
        lock (_gate)
        {
            _failure = failure;
            open = [.. _open.Values];
            _open.Clear();
        }

        foreach (var reply in open)
        {
            reply.TrySetException(failure);
        }
    }
}
