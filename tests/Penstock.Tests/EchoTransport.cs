namespace Penstock.Tests;

/// <summary>A transport that answers every call at once, on the thread that sent it: what allocates is the engine.</summary>
internal sealed class EchoTransport : CallTransport
{
    public const string Tool = "echo";

    private int _slabs;

    /// <summary>Slabs that were sent.</summary>
    public int Slabs => Volatile.Read(ref _slabs);

    public override string ToString() => "null";

    protected internal override ValueTask<CallChannel> ConnectAsync(CancellationToken stop) => new(new Channel(this));

    private sealed class Channel(EchoTransport owner) : CallChannel
    {
        private static readonly byte[] Result = """{"content":[{"type":"text","text":"ok"}]}"""u8.ToArray();

        private readonly long[] _ids = new long[1024];
        private int _count;

        public override IReadOnlyList<ToolDescription> Tools { get; } = [new ToolDescription { Name = Tool }];

        protected internal override void Send(OutboundCall call) => _ids[_count++] = call.Id;

        protected internal override void Flush()
        {
            using (var burst = BeginCompletions())
            {
                for (var i = 0; i < _count; i++)
                {
                    burst.Complete(_ids[i], Result);
                }
            }

            _count = 0;
            Interlocked.Increment(ref owner._slabs);
        }
    }
}
