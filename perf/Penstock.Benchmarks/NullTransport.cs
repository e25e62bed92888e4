namespace Penstock.Benchmarks;

/// <summary>A transport that answers every call at once, on the thread that sent it: what is left is the engine.</summary>
internal sealed class NullTransport : CallTransport
{
    public static readonly byte[] Arguments = """{"message":"The quick brown fox jumps over the lazy dog"}"""u8.ToArray();

    public static readonly byte[] Result =
        """{"content":[{"type":"text","text":"The quick brown fox jumps over the lazy dog while 42 penguins watch from a cold shore."}]}"""u8.ToArray();

    public override string ToString() => "null";

    protected internal override ValueTask<CallChannel> ConnectAsync(CancellationToken stop) => new(new NullChannel());

    private sealed class NullChannel : CallChannel
    {
        private readonly List<long> _ids = [];

        public override IReadOnlyList<ToolDescription> Tools { get; } = [new ToolDescription { Name = "echo" }];

        protected internal override void Send(OutboundCall call) => _ids.Add(call.Id);

        protected internal override void Flush()
        {
            using (var burst = BeginCompletions())
            {
                foreach (var id in _ids)
                {
                    burst.Complete(id, Result);
                }
            }

            _ids.Clear();
        }
    }
}
