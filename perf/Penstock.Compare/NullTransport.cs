namespace Penstock.Compare;

/// <summary>A transport that answers every call at once, on the thread that sent it: what is left is the engine.</summary>
internal sealed class NullTransport : CallTransport
{
    public override string ToString() => "null";

    protected override ValueTask<CallChannel> ConnectAsync(CancellationToken stop) => new(new NullChannel());

    private sealed class NullChannel : CallChannel
    {
        private static readonly byte[] Result =
            System.Text.Encoding.UTF8.GetBytes($$"""{"content":[{"type":"text","text":"{{Contender.Message}}"}]}""");

        private readonly List<long> _ids = [];

        public override IReadOnlyList<ToolDescription> Tools { get; } = [new ToolDescription { Name = Contender.Tool }];

        protected override void Send(OutboundCall call) => _ids.Add(call.Id);

        protected override void Flush()
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
