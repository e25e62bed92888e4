using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Penstock.Cli.Tests;

/// <summary>What the command said and how it ended.</summary>
internal sealed record CommandEnd(int ExitCode, string Output, string Error);

/// <summary>The real command, as its own process.</summary>
internal static partial class PenstockProcess
{
    private const int Interrupt = 2;

    /// <summary>Far beyond what a busy machine needs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static async Task<CommandEnd> RunAsync(string folder, params string[] arguments)
    {
        using var process = Start(folder, arguments);
        process.StandardInput.Close();
        return await EndAsync(process, process.StandardOutput.ReadToEndAsync());
    }

    /// <summary>Runs until the first line of output, interrupts, and collects the rest.</summary>
    public static async Task<CommandEnd> InterruptAsync(string folder, params string[] arguments)
    {
        using var process = Start(folder, arguments);
        using var patience = new CancellationTokenSource(Patience);
        var first = await process.StandardOutput.ReadLineAsync(patience.Token);
        Assert.Equal(0, Kill(process.Id, Interrupt));
        var end = await EndAsync(process, process.StandardOutput.ReadToEndAsync());
        return end with { Output = first + "\n" + end.Output };
    }

    private static Process Start(string folder, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Penstock.Cli.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        return Process.Start(start)!;
    }

    private static async Task<CommandEnd> EndAsync(Process process, Task<string> output)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return new CommandEnd(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
