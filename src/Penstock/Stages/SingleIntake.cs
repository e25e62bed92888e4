using Penstock.Calls;

namespace Penstock.Stages;

/// <summary>
/// The source side of single calls. They share one open slab: the first caller posts it at once, and whoever comes while a post is under way
/// joins the next one, so a call alone waits for nothing and many at once travel together.
/// </summary>
internal sealed class SingleIntake(IntakeContext context)
{
    private readonly Lock _gate = new();
    private Slab? _open;
    private bool _isPosting;

    public async ValueTask<OwnedResult> CallAsync(ToolCall call, Action<Submission> cancel, CancellationToken stop)
    {
        while (!context.Requests.HasRoom)
        {
            stop.ThrowIfCancellationRequested();
            await context.Gate.WaitAsync(() => context.Requests.HasRoom, stop).ConfigureAwait(false);
        }

        stop.ThrowIfCancellationRequested();
        var submission = new SingleSubmission(context.Door.Clock);
        var now = context.Door.Clock.GetTimestamp();
        var deadline = now + (long)(context.Times.SingleCallDeadline.TotalSeconds * context.Door.Clock.TimestampFrequency);
        var slot = CallIntake.Accept(
            in call,
            context.Servers.Resolve(call.Tool),
            submission,
            0,
            now,
            deadline,
            (int)Math.Clamp(context.Times.CallTimeout.TotalMilliseconds, 1, int.MaxValue),
            context.Requests.Limit,
            out var refusal);
        context.Door.Accept(1);
        await AddAsync(slot, refusal).ConfigureAwait(false);
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

    private async ValueTask AddAsync(CallSlot slot, Outcome? refusal)
    {
        while (true)
        {
            lock (_gate)
            {
                var open = _open ??= context.Door.Slabs.Lease();
                if (!open.IsFull)
                {
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
                    break;
                }
            }

            // Full, and on its way out: its poster will open the next.
            await Task.Yield();
        }

        await context.Front.PostAsync(TakeOpen()!).ConfigureAwait(false);
        if (TakeOpen() is { } next)
        {
            // Others came meanwhile. Under load others always do: a caller that posted for them all would never see its own result.
            _ = Task.Run(() => PostRestAsync(next));
        }
    }

    private async Task PostRestAsync(Slab first)
    {
        for (var slab = first; slab is not null; slab = TakeOpen())
        {
            await context.Front.PostAsync(slab).ConfigureAwait(false);
        }
    }

    /// <summary>The next slab to post; null, and the poster's seat is free, if there is none.</summary>
    private Slab? TakeOpen()
    {
        lock (_gate)
        {
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
