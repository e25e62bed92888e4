using System.Text;
using Microsoft.Extensions.Logging;
using Penstock.Connections;
using Penstock.Connections.Stdio;
using Penstock.Testing;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

[Collection(nameof(Processes))]
public sealed class StdioTransportTests
{
    [Fact]
    public async Task ConnectAsync_Cat_EchoesAndEnds()
    {
        var stream = await Transport.Stdio("cat").ConnectAsync(default);
        await stream.Pipe.Output.WriteAsync(Encoding.UTF8.GetBytes("hello\n"));

        Assert.Equal("hello", await Processes.ReadLineAsync(stream.Pipe.Input));
        Assert.True(Processes.IsAlive(stream.ProcessId!.Value));
        Assert.Null(stream.End);

        await stream.DisposeAsync();
        Assert.Equal(new StreamEnd(true, "exited with code 0"), stream.End);
        Assert.False(Processes.IsAlive(stream.ProcessId!.Value));
    }

    [Fact]
    public async Task End_ProcessFails_TellsCodeAndLastLines()
    {
        var transport = Transport.Stdio("sh", "-c", "echo cannot log in with $KEY >&2; exit 1");
        transport.Environment["KEY"] = "hunter2-and-more";
        await using var stream = await transport.ConnectAsync(default);

        Assert.Equal(string.Empty, await Processes.ReadToEndAsync(stream.Pipe.Input));
        await Eventually.TrueAsync(() => stream.End is not null, "the exit is known");

        Assert.Equal(new StreamEnd(true, "exited with code 1; last lines of its error output: cannot log in with ***"), stream.End);
    }

    [Fact]
    public async Task ConnectAsync_ForAPipeline_UsesItsClockAndItsLog()
    {
        var clock = new ManualTimeProvider();
        using var log = new RecordedLog();
        var transport = Transport.Stdio("sh", "-c", "trap '' TERM; echo up with $KEY >&2; exec sleep 1000");
        transport.Environment["KEY"] = "hunter2-and-more";
        transport.StopGrace = TimeSpan.FromMinutes(1);
        var pipeline = new ToolPipelineBuilder()
            .AddServer("s", s => s.Transport = transport)
            .Configure(o =>
            {
                o.Clock = clock;
                o.LoggerFactory = log;
            })
            .Build();
        _ = pipeline.StartAsync();
        Assert.Equal("Debug: Server s, replica 0 wrote to its error output: up with ***", await log.FindAsync("up with"));

        // Twice the grace: by the system's clock this would take two minutes.
        var stopped = pipeline.DisposeAsync().AsTask();
        await Eventually.TrueAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return stopped.IsCompleted;
            },
            "the process is stopped");
        await stopped;
    }

    [Fact]
    public async Task ConnectAsync_LogWithoutDebug_LogsNoErrorOutput()
    {
        using var log = new RecordedLog(LogLevel.Information);
        var context = new TransportContext(TimeProvider.System, log, "s", 0);
        await using var stream = await Transport.Stdio("sh", "-c", "echo hello >&2").ConnectAsync(context, default);

        Assert.Equal(string.Empty, await Processes.ReadToEndAsync(stream.Pipe.Input));
        await Eventually.TrueAsync(() => stream.End is not null, "the exit is known");

        Assert.Contains("hello", stream.End!.Message, StringComparison.Ordinal);
        Assert.Empty(log.Rest());
    }

    [Fact]
    public async Task WaitForEndAsync_ProcessOutlivesItsOutput_SaysSo()
    {
        var transport = Transport.Stdio("sh", "-c", "exec >&-; exec sleep 1000");
        transport.StopGrace = TimeSpan.Zero;
        await using var stream = await transport.ConnectAsync(default);
        Assert.Equal(string.Empty, await Processes.ReadToEndAsync(stream.Pipe.Input));

        await stream.WaitForEndAsync();

        Assert.Equal(new StreamEnd(false, "closed its output but did not exit"), stream.End);
    }

    [Fact]
    public async Task DisposeAsync_ReadPending_EndsIt()
    {
        var stream = await Transport.Stdio("cat").ConnectAsync(default);
        var read = stream.Pipe.Input.ReadAsync().AsTask();

        await stream.DisposeAsync();

        Assert.True((await read.WaitAsync(Eventually.Limit)).IsCompleted);
    }

    [Fact]
    public async Task ConnectAsync_UnknownCommand_IsAnIOException() =>
        Assert.IsAssignableFrom<IOException>(await Record.ExceptionAsync(async () => await Transport.Stdio("no-such-command").ConnectAsync(default)));

    [Fact]
    public void Validate_WrongSettings_AreAllNamed()
    {
        var transport = Transport.Stdio(" ", "a\0b");
        transport.StopGrace = TimeSpan.FromHours(1);
        transport.Environment["A=B"] = "x";
        transport.Environment[Keeper.Variable] = "x";
        var problems = new List<string>();

        transport.Validate("Server 'x'", problems);

        Assert.Equal(5, problems.Count);
        Assert.All(problems, static problem => Assert.StartsWith("Server 'x': ", problem, StringComparison.Ordinal));
    }
}
