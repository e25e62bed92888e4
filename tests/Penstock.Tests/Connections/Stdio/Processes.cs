using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

/// <summary>Tests that start processes run one after the other: they share the machine's process table.</summary>
[CollectionDefinition(nameof(Processes))]
public sealed class Processes
{
    internal static ChildProcess Start(string command, params string[] arguments) =>
        ChildProcess.Start(new ChildStart(command, arguments, new Dictionary<string, string>()), TimeProvider.System);

    internal static ChildProcess StartShell(string script) => Start("sh", "-c", script);

    /// <summary>The live processes that a host's servers and what they started consist of.</summary>
    internal static List<int> MarkedBy(string hostMark)
    {
        var table = new ProcessTable();
        var prefix = Encoding.UTF8.GetBytes($"{Keeper.Variable}={hostMark}.");
        return [.. ProcessTable.Ids().Where(pid => table.TryGetSession(pid, out _, out _) && table.TryFindMark(pid, prefix, out _))];
    }

    internal static bool IsAlive(int pid) => new ProcessTable().TryGetSession(pid, out _, out _);

    internal static async Task<string> ReadLineAsync(PipeReader reader)
    {
        while (true)
        {
            var result = await reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit);
            if (result.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(result.Buffer.Slice(0, end));
                reader.AdvanceTo(result.Buffer.GetPosition(1, end));
                return line;
            }

            Assert.False(result.IsCompleted, "The output ended before the line did.");
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    internal static async Task<string> ReadToEndAsync(PipeReader reader)
    {
        while (true)
        {
            var result = await reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit);
            if (result.IsCompleted)
            {
                var text = Encoding.UTF8.GetString(result.Buffer);
                reader.AdvanceTo(result.Buffer.End);
                return text;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
