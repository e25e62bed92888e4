using System.Runtime.Versioning;
using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Servers;

/// <summary>Commands that cannot be started, now or later: they are tried once.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LastingFailureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("penstock-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("no-such-program-anywhere", null, "was not found on PATH")]
    [InlineData("./none", null, "does not exist")]
    [InlineData("./text", null, "is not executable")]
    [InlineData("./lost-interpreter", null, "the interpreter that its first line names does not exist")]
    [InlineData("./", null, "is a directory")]
    [InlineData("sh", "none", "The working directory")]
    public async Task StartAsync_CommandCannotBeStarted_FailsAtTheFirstTry(string command, string? folder, string cause)
    {
        Write("text", UnixFileMode.UserRead);
        Write("lost-interpreter", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var transport = Transport.Stdio(command);
        transport.WorkingDirectory = folder is null ? _folder : Path.Combine(_folder, folder);
        await using var pipeline = new ToolPipelineBuilder().AddServer("s", s =>
        {
            s.Transport = transport;
            s.Replicas = 2;
        }).Build();

        var status = Assert.Single((await pipeline.StartAsync().WaitAsync(TimeSpan.FromMinutes(2))).Servers);

        Assert.Equal((ServerState.Failed, 0), (status.State, status.Restarts));
        Assert.Contains(cause, status.Failure, StringComparison.Ordinal);
        Assert.DoesNotContain("given up", status.Failure, StringComparison.Ordinal);
        var call = await pipeline.CallAsync(new ToolCall("s/echo", default));
        Assert.Equal((FaultType.Connection, Executed.No), (call.Fault.Type, call.Fault.Executed));
    }

    [Theory]
    [InlineData(Native.EAGAIN)]
    [InlineData(12)] // ENOMEM
    [InlineData(24)] // EMFILE
    [InlineData(26)] // ETXTBSY
    public void IsLasting_ShortageOrProgramBeingWritten_WillPass(int error) =>
        Assert.False(Transport.Stdio("sh").IsLasting(new IOException("could not be started", error)));

    [Fact]
    public void IsLasting_TransportOfAUser_IsNotJudged() =>
        Assert.False(new ScriptedTransport(static (_, _) => null).IsLasting(new FileNotFoundException()));

    private void Write(string name, UnixFileMode mode)
    {
        File.WriteAllText(Path.Combine(_folder, name), "#!/no/such/interpreter\n");
        File.SetUnixFileMode(Path.Combine(_folder, name), mode);
    }
}
