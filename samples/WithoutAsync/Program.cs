// A program without async: the same pipeline, with methods that block. The server is a mock in this process, so that the sample needs no network.
using System.Text;
using Penstock;
using Penstock.Testing;

using var mock = new LoopbackServer(new MockServerOptions()
    .AddTool(new ToolDescription { Name = "square" }, static arguments =>
    {
        var n = arguments.GetProperty("n").GetInt64();
        return MockToolResult.Text($"{n * n}");
    }));
var transport = mock.Transport;
var calls = Enumerable.Range(1, 1000).Select(static i => new ToolCall("math/square", Encoding.UTF8.GetBytes($$"""{"n":{{i}}}""")));
long sum = 0;

#region readme-sync
using var pipeline = new ToolPipelineBuilder()
    .AddServer("math", s => s.Transport = transport)
    .Build();

foreach (var result in pipeline.Execute(calls)) // blocks until the next call has ended
{
    sum += result.IsSuccess ? long.Parse(result.GetText()) : 0;
}

var one = pipeline.Call(new ToolCall("math/square", """{"n":12}"""u8.ToArray()));
#endregion

Console.WriteLine($"The squares add up to {sum}, and 12 times 12 is {one.GetText()}.");
return sum == 333_833_500 && one.GetText() == "144" ? 0 : 1;
