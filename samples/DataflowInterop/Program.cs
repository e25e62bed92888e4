// A pipeline inside a TPL Dataflow graph of one's own: lines are parsed by a block before it, and answers gathered by a block behind it. The
// server is a mock in this process, so that the sample needs no network.
using System.Text;
using System.Threading.Tasks.Dataflow;
using Penstock;
using Penstock.Testing;

using var mock = new LoopbackServer(new MockServerOptions()
    .AddTool(new ToolDescription { Name = "square" }, static arguments =>
    {
        var n = arguments.GetProperty("n").GetInt64();
        return MockToolResult.Text($"{n * n}");
    }));
var transport = mock.Transport;
long sum = 0;
var failed = 0;

#region readme-propagator
await using var pipeline = new ToolPipelineBuilder()
    .AddServer("math", s => s.Transport = transport)
    .Build();

var parse = new TransformBlock<string, ToolCall>(
    static line => new ToolCall("math/square", Encoding.UTF8.GetBytes($$"""{"n":{{line}}}""")),
    new ExecutionDataflowBlockOptions { BoundedCapacity = 1000 });
var call = pipeline.AsPropagator(boundedCapacity: 1000);
var add = new ActionBlock<OwnedResult>(
    result =>
    {
        if (result.IsSuccess)
        {
            sum += long.Parse(result.GetText());
        }
        else
        {
            failed++; // a fault is a result too: the block goes on
        }
    },
    new ExecutionDataflowBlockOptions { BoundedCapacity = 1000 });

var propagate = new DataflowLinkOptions { PropagateCompletion = true };
parse.LinkTo(call, propagate);
call.LinkTo(add, propagate);

for (var i = 1; i <= 10_000; i++)
{
    await parse.SendAsync(i % 1000 == 0 ? "no number" : $"{i}"); // waits while the graph is full
}

parse.Complete();
await add.Completion;
#endregion

Console.WriteLine($"The squares add up to {sum}; {failed} lines were no numbers.");
return failed == 10 && sum == Enumerable.Range(1, 10_000).Where(static i => i % 1000 != 0).Sum(static i => (long)i * i) ? 0 : 1;
