// Four stages of one's own: reject a call, rewrite its arguments, send it to another server, wait for something first. Stages run in the order
// in which they are added, on every call, before calls are batched by server. A fifth, a result stage, sees calls that have ended.
using System.Text;
using Penstock;
using Penstock.Testing;

using var world = Cities("world");
using var north = Cities("north");
HashSet<string>? closed = null;

#region readme-stage
StageBody noSecrets = static batch =>
{
    for (var i = 0; i < batch.Count; i++)
    {
        if (batch.Arguments(i).IndexOf("password"u8) >= 0)
        {
            batch.Reject(i, "the arguments mention a password");
        }
    }
};
#endregion

#region readme-result-stage
ResultStageBody checkAnswers = static batch =>
{
    for (var i = 0; i < batch.Count; i++)
    {
        if (batch.IsSuccess(i) && batch.GetText(i).Contains("Atlantis", StringComparison.Ordinal))
        {
            batch.Reject(i, "no such city"); // a tool_error from here on, executed: yes
        }
    }
};
#endregion

await using var pipeline = new ToolPipelineBuilder()
    .AddServer("world", s => s.Transport = world.Transport)
    .AddServer("north", s => s.Transport = north.Transport)
    .AddStage("no-secrets", noSecrets)
    .AddStage("old-names", static batch =>
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch.Arguments(i).IndexOf("\"town\""u8) >= 0)
            {
                batch.Rewrite(i, Encoding.UTF8.GetBytes(Text(batch, i).Replace("\"town\"", "\"city\"", StringComparison.Ordinal)));
            }
        }
    })
    .AddStage("near-server", static batch =>
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch.Tool(i) == "world/lookup" && batch.Arguments(i).IndexOf("Oslo"u8) >= 0)
            {
                batch.Reroute(i, "north/lookup");
            }
        }
    })
    .AddStage("closed-cities", async (batch, stop) =>
    {
        closed ??= await LoadClosedCitiesAsync(stop);
        for (var i = 0; i < batch.Count; i++)
        {
            if (!batch.IsRejected(i) && closed.Any(Text(batch, i).Contains))
            {
                batch.Reject(i, "the city is closed today");
            }
        }
    })
    .AddResultStage("check-answers", checkAnswers)
    .Build();

string[] arguments = ["""{"city":"Rome"}""", """{"town":"Lima"}""", """{"city":"Oslo"}""", """{"city":"Atlantis"}""", """{"city":"Carthage"}""", """{"password":"x"}"""];
var answers = new string[arguments.Length];
await foreach (var result in pipeline.ExecuteAsync(arguments.Select(static a => new ToolCall("world/lookup", Encoding.UTF8.GetBytes(a)))))
{
    answers[result.Ordinal] = $"{result.Tool}: {(result.IsSuccess ? "" : "rejected, ")}{result.GetText()}";
}

Console.WriteLine(string.Join('\n', arguments.Zip(answers, static (a, b) => $"{a} -> {b}")));
return north.CallsExecuted == 1 && world.CallsExecuted == 3 ? 0 : 1;

static LoopbackServer Cities(string name) => new(new MockServerOptions { Name = name }
    .AddTool(new ToolDescription { Name = "lookup" }, a => MockToolResult.Text($"{a.GetProperty("city").GetString()} is in the {name}")));

static string Text(CallBatch batch, int index) => Encoding.UTF8.GetString(batch.Arguments(index));

static Task<HashSet<string>> LoadClosedCitiesAsync(CancellationToken stop) => Task.FromResult<HashSet<string>>(["Carthage"]).WaitAsync(stop);
