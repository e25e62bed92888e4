using System.Diagnostics;
using System.Globalization;
using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

[Collection(nameof(Processes))]
public sealed class KeeperTests
{
    [Fact]
    public async Task KillOfTheHost_ServersWithGrandchildren_LeavesNone()
    {
        using var host = await KeepingHost.StartAsync(servers: 5);

        host.Process.Kill();

        await Eventually.TrueAsync(() => !host.LivesOn(), "all are gone");
        await Eventually.TrueAsync(() => !Processes.IsAlive(host.Keeper), "the keeper is gone");
    }

    [Fact]
    public async Task NormalEndOfTheHost_ServersNotStopped_LeavesNone()
    {
        using var host = await KeepingHost.StartAsync(servers: 2);

        host.Process.StandardInput.Close();
        await host.Process.WaitForExitAsync().WaitAsync(Eventually.Limit);

        await Eventually.TrueAsync(() => !host.LivesOn(), "all are gone");
    }

    [Fact]
    public async Task Keeper_SignalledByTheTerminal_LivesOn()
    {
        using var host = await KeepingHost.StartAsync(servers: 1);
        foreach (var signal in new[] { 1, 2, 3, Native.SIGTERM })
        {
            Assert.Equal(0, Native.kill(host.Keeper, signal));
        }

        host.Process.Kill();

        await Eventually.TrueAsync(() => !host.LivesOn(), "all are gone");
    }

    [Fact]
    public async Task Keeper_Killed_IsStartedAgainWithTheNextServerAndKnowsTheOld()
    {
        var first = Processes.Start("cat");
        var before = Keeper.Shared.ProcessId;
        Assert.Equal(0, Native.kill(before, Native.SIGKILL));
        await Eventually.TrueAsync(() => Keeper.Shared.ProcessId != before, "its end was noticed");

        var second = Processes.Start("cat");

        Assert.NotEqual(0, Keeper.Shared.ProcessId);
        Assert.NotEqual(before, Keeper.Shared.ProcessId);
        await Task.WhenAll(first.StopAsync(Eventually.Limit), second.StopAsync(Eventually.Limit));
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task TwoHundredServers_StartedAndStopped_LeakNothingAndShareTheirThreads()
    {
        using var host = StartHost("churn", 200);
        await ReadAsync(host);
        var figures = (await ReadAsync(host)).Split(' ').Select(static n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        var mark = await ReadAsync(host);

        Assert.Equal(figures[0], figures[1]);
        Assert.InRange(figures[2], 1, 60);
        Assert.Empty(Processes.MarkedBy(mark));
        host.StandardInput.Close();
        await host.WaitForExitAsync().WaitAsync(Eventually.Limit);
    }

    private static Process StartHost(string verb, int count)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(dotnet, [Path.Combine(AppContext.BaseDirectory, "Penstock.Tests.Host.dll"), verb, $"{count}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    private static async Task<string> ReadAsync(Process host) =>
        await host.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Limit) ?? throw new InvalidOperationException("The host ended.");

    private sealed class KeepingHost(Process process, string mark, int keeper, int[] servers) : IDisposable
    {
        internal Process Process { get; } = process;

        internal int Keeper { get; } = keeper;

        internal static async Task<KeepingHost> StartAsync(int servers)
        {
            var process = StartHost("keep", servers);
            var mark = await ReadAsync(process);
            var keeper = int.Parse(await ReadAsync(process), CultureInfo.InvariantCulture);
            var pids = (await ReadAsync(process)).Split(' ').Select(static n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();

            // Each server has a sleep in its group and one in a session of its own, and is itself, in the end, a cat without the mark.
            await Eventually.TrueAsync(() => Processes.MarkedBy(mark).Count == 2 * servers, "all have started");
            Assert.All(pids, static pid => Assert.True(Processes.IsAlive(pid)));
            Assert.True(Processes.IsAlive(keeper));
            return new KeepingHost(process, mark, keeper, pids);
        }

        public void Dispose()
        {
            Process.Kill();
            Process.Dispose();
        }

        internal bool LivesOn() => Processes.MarkedBy(mark).Count > 0 || servers.Any(Processes.IsAlive);
    }
}
