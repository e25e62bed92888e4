using System.Runtime.CompilerServices;
using System.Threading.Tasks.Dataflow;

namespace Penstock.Stages;

/// <summary>
/// A pipeline as one block of somebody else's dataflow graph. Between its two buffers lies an ordinary stream, which this block reads: a result
/// that finds no room stops the reading, and with it the taking of permits, and with that the intake.
/// </summary>
internal sealed class CallPropagator : IPropagatorBlock<ToolCall, OwnedResult>, IReceivableSourceBlock<OwnedResult>
{
    public const int LeastCapacity = 4;
    public const int MostCapacity = 1_000_000;

    private readonly BufferBlock<ToolCall> _input;
    private readonly BufferBlock<OwnedResult> _output;

    /// <summary>One for each call that may be between the two buffers.</summary>
    private readonly SemaphoreSlim _permits;

    /// <summary>Ends the stream: the caller's token, or a fault from upstream.</summary>
    private readonly CancellationTokenSource _leave;

    /// <summary>Ends the output as cancelled, once every call has ended.</summary>
    private readonly CancellationTokenSource _abandon = new();

    /// <summary>What the input is ended with when the stream has ended before it.</summary>
    private readonly OperationCanceledException _left = new("The block has ended.");

    /// <param name="capacity">The most calls that the block holds, both buffers included.</param>
    /// <param name="open">Opens the stream; what it throws is the caller's.</param>
    /// <param name="stop">Cancels the block.</param>
    public CallPropagator(int capacity, Func<IAsyncEnumerable<ToolCall>, CancellationToken, IAsyncEnumerator<ToolResult>> open, CancellationToken stop)
    {
        var buffered = capacity / 4;
        _input = new BufferBlock<ToolCall>(new DataflowBlockOptions { BoundedCapacity = buffered, EnsureOrdered = false });
        _output = new BufferBlock<OwnedResult>(
            new DataflowBlockOptions { BoundedCapacity = buffered, EnsureOrdered = false, CancellationToken = _abandon.Token });
        _permits = new SemaphoreSlim(capacity - (2 * buffered));
        _leave = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            _ = RunAsync(open(ReadInputAsync(CancellationToken.None), _leave.Token), stop);
        }
        catch
        {
            _leave.Dispose();
            throw;
        }
    }

    /// <summary>The output ends last: after the input, the stream and every call.</summary>
    public Task Completion => _output.Completion;

    public void Complete() => _input.Complete();

    public void Fault(Exception exception) => ((IDataflowBlock)_input).Fault(exception);

    public DataflowMessageStatus OfferMessage(
        DataflowMessageHeader messageHeader, ToolCall messageValue, ISourceBlock<ToolCall>? source, bool consumeToAccept) =>
        ((ITargetBlock<ToolCall>)_input).OfferMessage(messageHeader, messageValue, source, consumeToAccept);

    public IDisposable LinkTo(ITargetBlock<OwnedResult> target, DataflowLinkOptions linkOptions) => _output.LinkTo(target, linkOptions);

    public bool TryReceive(Predicate<OwnedResult>? filter, out OwnedResult item) => _output.TryReceive(filter, out item!);

    public bool TryReceiveAll(out IList<OwnedResult> items) => _output.TryReceiveAll(out items!);

    OwnedResult? ISourceBlock<OwnedResult>.ConsumeMessage(
        DataflowMessageHeader messageHeader, ITargetBlock<OwnedResult> target, out bool messageConsumed) =>
        ((ISourceBlock<OwnedResult>)_output).ConsumeMessage(messageHeader, target, out messageConsumed);

    void ISourceBlock<OwnedResult>.ReleaseReservation(DataflowMessageHeader messageHeader, ITargetBlock<OwnedResult> target) =>
        ((ISourceBlock<OwnedResult>)_output).ReleaseReservation(messageHeader, target);

    bool ISourceBlock<OwnedResult>.ReserveMessage(DataflowMessageHeader messageHeader, ITargetBlock<OwnedResult> target) =>
        ((ISourceBlock<OwnedResult>)_output).ReserveMessage(messageHeader, target);

    /// <summary>The stream's source. It ends with the input, also when that is faulted: why is looked up when the stream has ended.</summary>
    private async IAsyncEnumerable<ToolCall> ReadInputAsync([EnumeratorCancellation] CancellationToken stop)
    {
        while (true)
        {
            // A permit before a call: a call that is held here would be one more than the bound.
            await _permits.WaitAsync(stop).ConfigureAwait(false);
            ToolCall call;
            while (!_input.TryReceive(out call))
            {
                if (!await _input.OutputAvailableAsync(stop).ConfigureAwait(false))
                {
                    yield break;
                }
            }

            yield return call;
        }
    }

    private async Task RunAsync(IAsyncEnumerator<ToolResult> results, CancellationToken stop)
    {
        var inputEnded = WatchInputAsync();
        Exception? failure = null;
        try
        {
            await CarryAsync(results).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        // Declines the offers that wait, and drops what was not taken. Has no effect if the input has ended by itself.
        ((IDataflowBlock)_input).Fault(_left);
        var upstream = await inputEnded.ConfigureAwait(false);
        _leave.Dispose();
        if ((upstream ?? failure) is not { } reason)
        {
            _output.Complete();
        }
        else if (upstream is null && stop.IsCancellationRequested)
        {
            await _abandon.CancelAsync().ConfigureAwait(false);
        }
        else
        {
            // Who stopped the pipeline is not who reads this block: to its neighbours that is a failure, and no cancellation of theirs.
            ((IDataflowBlock)_output).Fault(upstream is null && failure is OperationCanceledException
                ? new ObjectDisposedException("The pipeline was stopped before its block was completed.", failure)
                : reason);
        }
    }

    /// <returns>What the input was faulted with by those who feed it; null if it was not.</returns>
    private async Task<Exception?> WatchInputAsync()
    {
        try
        {
            await _input.Completion.ConfigureAwait(false);
            return null;
        }
        catch (Exception e)
        {
            await _leave.CancelAsync().ConfigureAwait(false);
            return ReferenceEquals(e, _left) ? null : e;
        }
    }

    private async Task CarryAsync(IAsyncEnumerator<ToolResult> results)
    {
        // Leaving the stream cancels what is unsent and waits for its source, so that nothing is at work any more when the block ends.
        await using (results.ConfigureAwait(false))
        {
            while (await results.MoveNextAsync().ConfigureAwait(false))
            {
                await _output.SendAsync(results.Current.ToOwned(), _leave.Token).ConfigureAwait(false);
                _permits.Release();
            }
        }
    }
}
