namespace Penstock.Calls;

/// <summary>
/// Where the results of calls go: one <c>ExecuteAsync</c>, or one single call. Ended calls reach it through the <see cref="Door"/> only.
/// </summary>
internal abstract class Submission
{
    private volatile bool _isCancelled;

    /// <summary>The share of a contended server, relative to other submissions.</summary>
    public int Weight { get; protected init; } = 1;

    /// <summary>What the calls queue under while they wait: a stream under itself, single calls together under one key.</summary>
    public abstract object QueueKey { get; }

    /// <summary>Nobody wants the results any more: what is not sent yet is not sent.</summary>
    public bool IsCancelled => _isCancelled;

    /// <summary>Its results are not read fast enough: its calls wait until they are.</summary>
    public virtual bool IsStalled => false;

    /// <summary>
    /// Results of all together fill their account: those that are far behind in reading theirs wait, so that they do not hold up the others.
    /// </summary>
    /// <returns>Whether this one waits.</returns>
    public virtual bool StallIfBehind() => false;

    /// <summary>Called before calls are written.</summary>
    public SendingCallback? OnSending { get; protected init; }

    public void MarkCancelled() => _isCancelled = true;

    /// <summary>Cancels it, and tells its reader why.</summary>
    public virtual void Abort(Exception reason) => MarkCancelled();

    /// <summary>
    /// Takes ended calls over, in one run. Content lies in <paramref name="source"/> and is copied; the slots' cells are only read. Runs on
    /// reader and stage threads: it must not wait for user code.
    /// </summary>
    public abstract void Deliver(ReadOnlySpan<CallSlot> slots, ReadOnlySpan<Outcome> outcomes, ReadOnlySpan<byte> source);
}
