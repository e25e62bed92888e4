// A worker in the generic host, with its servers in appsettings.json. So that the sample needs no network, the server that is started there is
// this program once more, with the argument "serve".
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Penstock;
using Penstock.Hosting;
using Penstock.Testing;

if (args is ["serve"])
{
    var options = new MockServerOptions().AddTool(
        new ToolDescription { Name = "lookup" }, static a => MockToolResult.Text($"{a.GetProperty("city").GetString()} is known"));
    return await MockCommand.RunAsync(options, Console.OpenStandardInput(), Console.OpenStandardOutput(), Console.Error, CancellationToken.None);
}

var settings = new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory };
#region readme-hosting
var builder = Host.CreateApplicationBuilder(settings);
builder.Configuration["Penstock:Servers:geo:Cwd"] = AppContext.BaseDirectory; // over what appsettings.json says
builder.Services.AddPenstock();
builder.Services.AddHostedService<CityWorker>();
await builder.Build().RunAsync();
#endregion
return CityWorker.Known == 1000 ? 0 : 1;

#region readme-worker
internal sealed class CityWorker(ToolPipeline pipeline, IHostApplicationLifetime lifetime) : BackgroundService
{
    public static int Known { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var calls = Enumerable.Range(0, 1000).Select(static i => new ToolCall("geo/lookup", Encoding.UTF8.GetBytes($$"""{"city":"city-{{i}}"}""")));
        await foreach (var result in pipeline.ExecuteAsync(calls, stoppingToken))
        {
            Known += result.IsSuccess ? 1 : 0;
        }

        lifetime.StopApplication();
    }
}
#endregion
