namespace Penstock.Scheduling;

// Room Scheduling: decides where work runs. Uses the BCL only. Never touches blocks' contents or slabs.

/// <summary>
/// Runs the tasks of dataflow blocks on the thread that posted to them, right after the post. A slab so walks a whole chain of
/// synchronous stages without a hop from thread to thread, which at small batches costs more than the stages do.
/// </summary>
/// <remarks>
/// Blocks queue their tasks while they hold their own lock, so nothing may run inside <see cref="QueueTask"/>: tasks are put aside and run
/// when the outermost <see cref="Frame"/> of the thread is left. Without a frame (completion, a freed postponed message) they go to
/// the thread pool.
/// </remarks>
internal sealed class InlineScheduler : TaskScheduler, IThreadPoolWorkItem
{
    public static readonly InlineScheduler Instance = new();

    [ThreadStatic]
    private static Queue<Task>? s_tasks;

    [ThreadStatic]
    private static bool s_inFrame;

    private readonly System.Collections.Concurrent.ConcurrentQueue<Task> _pooled = new();

    private InlineScheduler()
    {
    }

    /// <summary>Whether this thread is within a frame: what it queues will not run before it goes on.</summary>
    public static bool IsInFrame => s_inFrame;

    /// <summary>Opens a frame on this thread. Tasks queued within it run when it is disposed.</summary>
    public static Frame Enter()
    {
        var isOutermost = !s_inFrame;
        s_inFrame = true;
        return new Frame(isOutermost);
    }

    void IThreadPoolWorkItem.Execute()
    {
        using (Enter())
        {
            if (_pooled.TryDequeue(out var task))
            {
                TryExecuteTask(task);
            }
        }
    }

    protected override void QueueTask(Task task)
    {
        if (s_inFrame)
        {
            (s_tasks ??= new Queue<Task>()).Enqueue(task);
            return;
        }

        _pooled.Enqueue(task);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>
    /// Inside a body <see cref="TaskScheduler.Current"/> is this scheduler, and what user code starts there (<c>Task.Factory.StartNew</c>, without
    /// a scheduler) lies in the frame's queue. If the body then waits for it, it must run now: the frame would never be left.
    /// </summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => s_inFrame && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    private void Drain()
    {
        try
        {
            while (s_tasks is { } tasks && tasks.TryDequeue(out var task))
            {
                TryExecuteTask(task);
            }
        }
        finally
        {
            s_inFrame = false;
        }
    }

    /// <summary>A stretch of a thread's work after which the tasks that it queued run.</summary>
    public readonly ref struct Frame(bool isOutermost)
    {
        public void Dispose()
        {
            if (isOutermost)
            {
                Instance.Drain();
            }
        }
    }
}
