using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Penstock.Testing;
using Xunit;

namespace Penstock.Hosting.Tests;

public sealed class HostTests
{
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(2);
    private static readonly ToolCall Echo = new("s/echo", """{"message":"hello"}"""u8.ToArray());

    [Fact]
    public async Task StartAsync_ServersInCode_AreUpBeforeEveryService()
    {
        using var server = new LoopbackServer();
        var builder = Create();

        // Added before the pipeline, and still started after it.
        builder.Services.AddHostedService<Caller>();
        builder.Services.AddPenstock((_, p) => p.AddServer("s", s => s.Transport = server.Transport));
        using var host = builder.Build();
        await host.StartAsync().WaitAsync(Hang);
        var pipeline = host.Services.GetRequiredService<ToolPipeline>();
        Assert.Equal(ServerState.Up, pipeline.Fleet["s"].Status.State);
        Assert.Equal("hello", (await host.Services.GetServices<IHostedService>().OfType<Caller>().Single().Answer.WaitAsync(Hang)).GetText());
        await host.StopAsync().WaitAsync(Hang);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pipeline.CallAsync(Echo).AsTask());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StopAsync_ServiceStillWorksThroughItsRows_EveryRowEnds(bool isPipelineFirst)
    {
        using var server = new LoopbackServer();
        server.Hold();
        var builder = Create();
        var rows = new Rows();
        builder.Services.AddSingleton(rows);
        Action<IServiceProvider, ToolPipelineBuilder> configure = (_, p) => p.AddServer("s", s => s.Transport = server.Transport);
        if (isPipelineFirst)
        {
            builder.Services.AddPenstock(configure).AddHostedService<Worker>();
        }
        else
        {
            builder.Services.AddHostedService<Worker>().AddPenstock(configure);
        }

        using var host = builder.Build();
        await host.StartAsync().WaitAsync(Hang);
        await server.WaitForHeldAsync(10).WaitAsync(Hang);
        var stopped = host.StopAsync();
        await rows.Stopping.WaitAsync(Hang);
        Assert.False(stopped.IsCompleted);
        server.Release();
        await stopped.WaitAsync(Hang);
        Assert.Equal(10, rows.Succeeded);
    }

    [Fact]
    public async Task StopAsync_ShutdownTimeIsOver_CallsEndAsCancelledAndItIsLogged()
    {
        using var server = new LoopbackServer();
        server.Hold();
        var log = new ListLog();
        var builder = Create();
        builder.Logging.AddProvider(log);
        builder.Services.AddPenstock((_, p) => p
            .AddServer("s", s => s.Transport = server.Transport)
            .Configure(static o => o.CallTimeout = TimeSpan.FromHours(1)));
        using var host = builder.Build();
        await host.StartAsync().WaitAsync(Hang);
        var call = host.Services.GetRequiredService<ToolPipeline>().ExecuteAsync([Echo]).GetAsyncEnumerator();
        var next = call.MoveNextAsync();
        await server.WaitForHeldAsync(1).WaitAsync(Hang);
        using var stop = new CancellationTokenSource();
        var stopped = host.StopAsync(stop.Token);
        await stop.CancelAsync();
        await stopped.WaitAsync(Hang);
        Assert.True(await next.AsTask().WaitAsync(Hang));
        Assert.Equal(FaultType.Cancelled, call.Current.Fault.Type);
        Assert.Contains(log.Lines, static l => l == "The host's time to stop is over: 1 calls that had not ended are cancelled");
    }

    [Fact]
    public async Task StartAsync_ServerDoesNotComeUp_HostStartsAndLogsWhy()
    {
        var log = new ListLog();
        var builder = Create(("Penstock:Servers:geo:Command", "no-such-program-anywhere"), ("Penstock:Servers:geo:Restart:CrashLoopLimit", "1"), ("Penstock:Servers:geo:Restart:InitialDelay", "1ms"));
        builder.Logging.AddProvider(log);
        builder.Services.AddPenstock();
        using var host = builder.Build();
        await host.StartAsync().WaitAsync(Hang);
        Assert.Equal(ServerState.Failed, host.Services.GetRequiredService<ToolPipeline>().Fleet["geo"].Status.State);
        Assert.Contains(log.Lines, static l => l.StartsWith("Server geo did not come up: ", StringComparison.Ordinal) && l.Contains("no-such-program-anywhere", StringComparison.Ordinal));
        await host.StopAsync().WaitAsync(Hang);
    }

    [Fact]
    public async Task AddKeyedPenstock_TwoPipelines_HaveServersOfTheirOwn()
    {
        using var day = new LoopbackServer();
        using var night = new LoopbackServer();
        var builder = Create(("Day:CallTimeout", "5s"), ("Night:CallTimeout", "00:10:00"));
        builder.Services
            .AddKeyedPenstock("day", builder.Configuration.GetSection("Day"), (_, p) => p.AddServer("s", s => s.Transport = day.Transport))
            .AddKeyedPenstock("night", builder.Configuration.GetSection("Night"), (_, p) => p.AddServer("s", s => s.Transport = night.Transport));
        Assert.Throws<InvalidOperationException>(() => builder.Services.AddKeyedPenstock("day", builder.Configuration.GetSection("Day")));
        using var host = builder.Build();
        await host.StartAsync().WaitAsync(Hang);
        Assert.True((await host.Services.GetRequiredKeyedService<ToolPipeline>("night").CallAsync(Echo).AsTask().WaitAsync(Hang)).IsSuccess);
        Assert.Equal((0, 1), (day.CallsReceived, night.CallsReceived));
        await host.StopAsync().WaitAsync(Hang);
    }

    [Fact]
    public void AddPenstock_Twice_IsRefused()
    {
        var services = new ServiceCollection().AddPenstock();
        Assert.Throws<InvalidOperationException>(() => services.AddPenstock());
    }

    internal static HostApplicationBuilder Create(params (string Key, string? Value)[] configuration)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(configuration.Select(static c => KeyValuePair.Create(c.Key, c.Value)));
        return builder;
    }

    private sealed class Caller(ToolPipeline pipeline) : IHostedService
    {
        public Task<OwnedResult> Answer { get; private set; } = Task.FromException<OwnedResult>(new InvalidOperationException("not started"));

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Assert.Equal(ServerState.Up, pipeline.Fleet["s"].Status.State);
            Answer = pipeline.CallAsync(Echo, cancellationToken).AsTask();
            return Answer;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Rows
    {
        private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Stopping => _stopping.Task;

        public int Succeeded { get; set; }

        public void Stop() => _stopping.TrySetResult();
    }

    /// <summary>When it is stopped it reads no more rows, but waits for those that are out.</summary>
    private sealed class Worker(ToolPipeline pipeline, Rows rows) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            using var registration = stoppingToken.Register(rows.Stop);
            await foreach (var result in pipeline.ExecuteAsync(Enumerable.Repeat(Echo, 10), CancellationToken.None))
            {
                rows.Succeeded += result.IsSuccess ? 1 : 0;
            }
        }
    }

    private sealed class ListLog : ILoggerProvider, ILogger
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
