// A job file inside a program: the rows of a table through a tool, as 'penstock run' does it, where a scheduler or a service has the say. So that
// the sample needs no network, the server that the job starts is this program once more, with the argument "serve".
using System.Text;
using System.Text.Json;
using Penstock;
using Penstock.Jobs;
using Penstock.Testing;

if (args is ["serve"])
{
    var price = new ToolDescription
    {
        Name = "price",
        InputSchema = """{"type":"object","required":["country","grams"],"properties":{"country":{"type":"string"},"grams":{"type":"integer"}}}"""u8.ToArray(),
    };
    return await MockCommand.RunAsync(
        new MockServerOptions().AddTool(price, Price), Console.OpenStandardInput(), Console.OpenStandardOutput(), Console.Error, CancellationToken.None);
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
var folder = Directory.CreateTempSubdirectory("run-job");
var output = Path.Combine(folder.FullName, "priced.csv");
Environment.SetEnvironmentVariable("SAMPLE", AppContext.BaseDirectory);

#region readme-job
var job = Job.Load(Path.Combine(AppContext.BaseDirectory, "job.yaml"), [$"output.path={output}"]);
var runner = new JobRunner(job, new JobRunOptions
{
    MaxFailures = 10,
    OnProgress = static p => Console.WriteLine($"{p.Done} of {p.Total} rows, {p.RowsPerSecond:0} a second"),
    OnWarning = Console.Error.WriteLine,
});

JobSummary summary = await runner.RunAsync(stop.Token); // ends early, with what was taken finished and recorded, when the token fires
Console.WriteLine($"{summary.Ok} ok, {summary.Failed} failed, exit code {summary.ExitCode}");
foreach (var (fault, count) in summary.Faults)
{
    foreach (var reason in count.Reasons)
    {
        Console.WriteLine($"{reason.Count} × {fault}, for example row {reason.Row}: {reason.Message}");
    }
}
#endregion

var lines = File.ReadAllLines(output).Length;
folder.Delete(recursive: true);
return (summary.ExitCode, summary.Ok, summary.Failed, lines) == (JobExitCode.Ok, 199L, 1L, 200) ? 0 : 1;

static MockToolResult Price(JsonElement arguments)
{
    var country = arguments.GetProperty("country").GetString();
    return country is "NO" or "SE" or "DK" or "FI" or "IS"
        ? MockToolResult.Structured(Encoding.UTF8.GetBytes($$"""{"price":{{40 + (arguments.GetProperty("grams").GetInt32() / 50)}}}"""))
        : MockToolResult.Error($"no parcels to '{country}'");
}
