namespace Penstock.Stages;

/// <summary>
/// The run of one user stage over one slab, as the code called from it sees it, over awaits and tasks of its own. A stage works on one slab
/// at a time, so a call that it made of its own pipeline and waited for would wait for the stage itself, for ever: it is refused instead, also
/// where stages of other pipelines lie between.
/// </summary>
internal sealed class StageScope
{
    private static readonly AsyncLocal<StageScope?> s_current = new();

    private readonly StageScope? _outer;
    private readonly object _front;
    private readonly string _stage;
    private volatile bool _isOpen = true;

    private StageScope(StageScope? outer, object front, string stage)
    {
        _outer = outer;
        _front = front;
        _stage = stage;
    }

    /// <summary>Opens a scope for what the caller does next.</summary>
    /// <param name="front">The front chain that the stage belongs to.</param>
    /// <param name="stage">The stage's name.</param>
    public static StageScope Enter(object front, string stage) => s_current.Value = new StageScope(s_current.Value, front, stage);

    /// <summary>The stage has returned. What it left running in the background may call its pipeline from here on.</summary>
    public void Leave()
    {
        _isOpen = false;
        s_current.Value = _outer;
    }

    /// <exception cref="InvalidOperationException">The caller is called from a stage of this chain.</exception>
    public static void ThrowIfInside(object front)
    {
        if (Inside(front) is { } stage)
        {
            throw new InvalidOperationException(
                $"Stage '{stage}' calls the pipeline that it is a stage of: the call would have to pass the stage, which waits for it. Use another pipeline.");
        }
    }

    /// <exception cref="InvalidOperationException">The caller is called from a stage of this chain.</exception>
    public static void ThrowIfStoppedInside(object front)
    {
        if (Inside(front) is { } stage)
        {
            throw new InvalidOperationException(
                $"Stage '{stage}' stops the pipeline that it is a stage of: that would wait for the stage, which waits for it. Reject the calls, and let who reads the results stop it.");
        }
    }

    private static string? Inside(object front)
    {
        for (var scope = s_current.Value; scope is not null; scope = scope._outer)
        {
            if (scope._isOpen && ReferenceEquals(scope._front, front))
            {
                return scope._stage;
            }
        }

        return null;
    }
}
