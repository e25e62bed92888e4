using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Penstock.Testing;
using Xunit;

namespace Penstock.Hosting.Tests;

public sealed class ConfigurationTests
{
    private const string Json =
        """
        {
          "Penstock": {
            "CallTimeout": "00:00:07", "singleCallDeadline": "1.5m", "StartConcurrency": 3,
            "Batch": { "MaxCalls": 64, "Linger": "1ms" },
            "Memory": { "Budget": "64MiB" },
            "Servers": {
              "geo": {
                "Command": "node", "Args": ["geo.js", "--fast"], "Env": { "KEY": "secret" }, "Cwd": "/tmp", "StopGrace": "3s",
                "Replicas": 2, "MaxInFlight": 8, "MaxStragglers": 0, "Era": "legacy", "ConnectTimeout": "30s",
                "MaxRequestBytes": "1MiB", "MaxResponseBytes": 4096,
                "Restart": { "InitialDelay": "10ms", "MaxDelay": "1h", "CrashLoopLimit": 9, "HealthyAfter": "0s" }
              }
            }
          }
        }
        """;

    [Fact]
    public void Read_EveryKey_SetsItsOption()
    {
        var section = Parse(Json).GetSection("Penstock");
        var problems = new List<string>();
        var read = new ToolPipelineBuilder();
        PipelineOptions? options = null;

        PipelineSettings.Read(section, new KeySpelling(null), read, problems);
        read.Configure(o => options = o);

        Assert.Empty(problems);
        Assert.Equal(
            (TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(90), 3, 64, TimeSpan.FromMilliseconds(1), 64L << 20),
            (options!.CallTimeout, options.SingleCallDeadline, options.StartConcurrency, options.Batch.MaxCalls, options.Batch.Linger, options.Memory.Budget));
        var server = Assert.Single(PipelineSettings.ReadServers(section, new KeySpelling(null), problems));
        var transport = Assert.IsType<StdioTransport>(server.Transport);
        Assert.Equal("node geo.js --fast", transport.ToString());
        Assert.Equal(("secret", "/tmp", TimeSpan.FromSeconds(3)), (transport.Environment["KEY"], transport.WorkingDirectory, transport.StopGrace));
        Assert.Equal(
            ("geo", 2, 8, 0, ProtocolEra.Legacy, TimeSpan.FromSeconds(30), 1 << 20, 4096),
            (server.Name, server.Replicas, server.MaxInFlight, server.MaxStragglers, server.Era, server.ConnectTimeout, server.MaxRequestBytes, server.MaxResponseBytes));
        Assert.Equal(
            (TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1), 9, TimeSpan.Zero),
            (server.Restart.InitialDelay, server.Restart.MaxDelay, server.Restart.CrashLoopLimit, server.Restart.HealthyAfter));
    }

    [Fact]
    public async Task StartAsync_EverythingWrong_OneExceptionListsEveryKey()
    {
        var builder = HostTests.Create(
            ("Penstock:CallTimeout", "soon"),
            ("Penstock:Memory:Budget", "1"),
            ("Penstock:Sevrers:geo:Command", "node"),
            ("Penstock:Servers:geo:Comand", "node"),
            ("Penstock:Servers:geo:Replicas", "many"),
            ("Penstock:Servers:none:Replicas", "1"),
            ("Penstock:Servers:far:Command", "node"),
            ("Penstock:Servers:far:Args", "one text"),
            ("Penstock:Servers:far:MaxInFlight", "0"),
            ("Penstock:Servers:far:Restart:CrashLoopLimit", "0"),
            ("Penstock:Servers:far:MaxRequestBytes", "3GiB"),
            ("Penstock:Servers:far:Era", "7"));
        builder.Services.AddPenstock(static (_, p) => p.Configure(static o => o.StartConcurrency = 0));
        using var host = builder.Build();

        var e = await Assert.ThrowsAsync<PipelineConfigurationException>(() => host.StartAsync());

        string[] expected =
        [
            "Penstock:CallTimeout is 'soon'; use a time",
            "Penstock:Sevrers: there is no such setting; use one of CallTimeout, ",
            "Penstock:Servers:geo:Comand: there is no such setting; use one of Command, ",
            "Penstock:Servers:geo:Replicas is 'many'; use a whole number.",
            "Penstock:Servers:none:Command is not set; ",
            "Penstock:Servers:far:Args is one text; use a list of texts.",
            "Penstock:Servers:far:MaxRequestBytes is '3GiB'; ",
            "Penstock:Servers:far:Era is '7'; use Auto, ",
            "Penstock:Memory:Budget: Memory.Budget is 1 bytes; use 1 MiB to 1 TiB.",
            "StartConcurrency is 0; use 1 to 1024.",
            "Penstock:Servers:far:MaxInFlight: Server 'far': MaxInFlight is 0; ",
            "Penstock:Servers:far:Restart:CrashLoopLimit: Server 'far': Restart.CrashLoopLimit is 0; ",
        ];
        Assert.All(expected, start => Assert.Contains(e.Problems, p => p.StartsWith(start, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, e.Problems.Count);
    }

    [Fact]
    public async Task StartAsync_ValuesInPlaceOfSections_AreToldByKeyAndNotByValue()
    {
        var builder = HostTests.Create(
            ("Penstock:Batch", "hidden"),
            ("Penstock:Servers", "hidden"),
            ("Penstock:Servers:geo", "hidden"),
            ("Penstock:Servers:geo:Command", "node"),
            ("Penstock:Servers:geo:Args", "hidden"),
            ("Penstock:Servers:geo:Env", "hidden"),
            ("Penstock:Servers:geo:Restart", "hidden"),
            ("Penstock:Servers:far:Command", "node"),
            ("Penstock:Servers:far:Env:KEY:Part", "hidden"));
        builder.Services.AddPenstock();
        using var host = builder.Build();

        var e = await Assert.ThrowsAsync<PipelineConfigurationException>(() => host.StartAsync());

        string[] expected =
        [
            "Penstock:Batch is one value; use a section with MaxCalls, ",
            "Penstock:Servers is one value; ",
            "Penstock:Servers:geo is one value; ",
            "Penstock:Servers:geo:Args is one text; ",
            "Penstock:Servers:geo:Env is one text; ",
            "Penstock:Servers:geo:Restart is one value; ",
            "Penstock:Servers:far:Env has no text for KEY; ",
        ];
        Assert.All(expected, start => Assert.Contains(e.Problems, p => p.StartsWith(start, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, e.Problems.Count);
        Assert.DoesNotContain("hidden", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Keys of configuration know no case, names of servers and variables do: who overrides a value must not rename them.</summary>
    [Fact]
    public void ReadServers_OverriddenInCapitals_KeepsTheNames()
    {
        var builder = HostTests.Create(
            ("Penstock:Servers:geo:Command", "sh"),
            ("Penstock:Servers:geo:Env:no_proxy", "a"));
        builder.Configuration.AddInMemoryCollection([new("PENSTOCK:SERVERS:GEO:ENV:NO_PROXY", "b"), new("PENSTOCK:SERVERS:GEO:MAXINFLIGHT", "7")]);

        var problems = new List<string>();
        var read = PipelineSettings.ReadServers(builder.Configuration.GetSection("Penstock"), new KeySpelling(builder.Configuration), problems);

        var server = Assert.Single(read);
        Assert.Empty(problems);
        Assert.Equal(("geo", 7), (server.Name, server.MaxInFlight));
        Assert.Equal("b", Assert.Contains("no_proxy", Assert.IsType<StdioTransport>(server.Transport).Environment));
    }

    /// <summary>A host's own sources, its command line among them, come before its files.</summary>
    [Fact]
    public void ReadServers_OverridingSourceBeforeTheOneThatHasTheServer_KeepsTheName()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("PENSTOCK:SERVERS:GEO:MAXINFLIGHT", "7")])
            .AddInMemoryCollection([new("Penstock:Servers:geo:Command", "node")])
            .Build();
        var server = Assert.Single(PipelineSettings.ReadServers(configuration.GetSection("Penstock"), new KeySpelling(configuration), []));
        Assert.Equal(("geo", 7), (server.Name, server.MaxInFlight));
    }

    [Fact]
    public void AddPenstock_NoConfigurationAtAll_TakesWhatCodeSays()
    {
        using var server = new LoopbackServer();
        using var services = new ServiceCollection()
            .AddPenstock((_, p) => p.AddServer("s", s => s.Transport = server.Transport))
            .BuildServiceProvider();
        Assert.True(services.GetRequiredService<ToolPipeline>().Start().IsComplete);
        Assert.Single(services.GetServices<IHostedService>());
    }

    private static IConfigurationRoot Parse(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json))).Build();
}
