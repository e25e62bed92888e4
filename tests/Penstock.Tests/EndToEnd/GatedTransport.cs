namespace Penstock.Tests.EndToEnd;

/// <summary>A transport without a server that counts its channels and closes them only when it is let. Its one tool <c>echo</c> answers at once.</summary>
internal sealed class GatedTransport(bool isClosingHeld = false, bool hasTools = true) : CallTransport
{
    private readonly TaskCompletionSource _mayClose = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private int _opened;

    public bool HasTools => hasTools;

    public int Open => Volatile.Read(ref _open);

    public int Opened => Volatile.Read(ref _opened);

    /// <summary>Completes when a channel begins to close.</summary>
    public Task Closing => _closing.Task;

    public void LetClose() => _mayClose.TrySetResult();

    public override string ToString() => "gated";

    protected internal override ValueTask<CallChannel> ConnectAsync(CancellationToken stop)
    {
        Interlocked.Increment(ref _open);
        Interlocked.Increment(ref _opened);
        return new ValueTask<CallChannel>(new Channel(this));
    }

    private async ValueTask CloseAsync()
    {
        _closing.TrySetResult();
        if (isClosingHeld)
        {
            await _mayClose.Task;
        }

        Interlocked.Decrement(ref _open);
    }

    private sealed class Channel(GatedTransport owner) : CallChannel
    {
        public override IReadOnlyList<ToolDescription> Tools =>
            owner.HasTools ? [new ToolDescription { Name = "echo" }] : throw new InvalidOperationException("no tools");

        public override async ValueTask DisposeAsync()
        {
            await owner.CloseAsync();
            await base.DisposeAsync();
        }

        protected internal override void Send(OutboundCall call)
        {
            using var burst = BeginCompletions();
            burst.Complete(call.Id, """{"content":[]}"""u8);
        }
    }
}
