using Penstock.Calls;

namespace Penstock.Stages;

/// <summary>
/// The source side of single calls. They share one open slab: the first caller posts it at once, and whoever comes while a post is under way
/// joins the next one, so a call alone waits for nothing and many at once travel together.
/// </summary>
internal sealed class SingleIntake(IntakeContext context)
{
    private readonly Lock _gate = new();
    private readonly Queue<Slab> _full = new();
    private Slab? _open;
    private bool _isPosting;

    /// <summary>Executes one call. The caller has opened a source for it, which is ended here.</summary>
    public async ValueTask<OwnedResult> CallAsync(ToolCall call, Action<Submission> cancel, CancellationToken stop)
    {
        var submission = new SingleSubmission(context.Door.Clock);
        try
        {
            while (!context.Requests.HasRoom)
            {
                stop.ThrowIfCancellationRequested();
                await context.Gate.WaitAsync(() => context.Requests.HasRoom, stop).ConfigureAwait(false);
            }

            stop.ThrowIfCancellationRequested();
            TakeIn(in call, submission);
        }
        finally
        {
            context.Sources.End();
        }

        await using (stop.UnsafeRegister(
            static s =>
            {
                var (submission, cancel) = ((SingleSubmission, Action<Submission>))s!;
                submission.MarkCancelled();
                cancel(submission);
            },
            (submission, cancel)).ConfigureAwait(false))
        {
            var result = await submission.Task.ConfigureAwait(false);
            return submission.IsCancelled && result.Fault.Type == FaultType.Cancelled ? throw new OperationCanceledException(stop) : result;
        }
    }

    private void TakeIn(in ToolCall call, SingleSubmission submission)
    {
        var now = context.Door.Clock.GetTimestamp();
        var slot = CallIntake.Accept(
            in call,
            context.Servers.Resolve(call.Tool),
            submission,
            0,
            now,
            now + IntakeTimes.Ticks(context.Times.SingleCallDeadline, context.Door.Clock),
            CallIntake.Milliseconds(context.Times.CallTimeout),
            context.Requests.Limit,
            out var refusal);
        context.Door.Accept(1);
        Add(in slot, refusal);
    }

    /// <summary>Never waits: what the front chain cannot take yet is posted from the thread pool, so that its caller can still be cancelled.</summary>
    private void Add(in CallSlot slot, Outcome? refusal)
    {
        lock (_gate)
        {
            if (_open is { IsFull: true } full)
            {
                _full.Enqueue(full);
                _open = null;
            }

            var open = _open ??= context.Door.Slabs.Lease();
            open.Add(in slot);
            if (refusal is { } outcome)
            {
                open.End(open.Count - 1, outcome.Fault, outcome.Message!);
            }

            if (_isPosting)
            {
                return;
            }

            _isPosting = true;
        }

        var post = context.Front.PostAsync(TakeOpen()!);
        if (!post.IsCompletedSuccessfully)
        {
            _ = PostRestAsync(post);
        }
        else if (TakeOpen() is { } next)
        {
            // Others came meanwhile. Under load others always do: a caller that posted for them all would never see its own result.
            _ = Task.Run(() => PostRestAsync(context.Front.PostAsync(next)));
        }
    }

    private async Task PostRestAsync(ValueTask post)
    {
        await post.ConfigureAwait(false);
        while (TakeOpen() is { } next)
        {
            await context.Front.PostAsync(next).ConfigureAwait(false);
        }
    }

    /// <summary>The next slab to post; null, and the poster's seat is free, if there is none.</summary>
    private Slab? TakeOpen()
    {
        lock (_gate)
        {
            if (_full.TryDequeue(out var full))
            {
                return full;
            }

            if (_open is not { Count: > 0 } open)
            {
                _isPosting = false;
                return null;
            }

            _open = null;
            return open;
        }
    }
}
