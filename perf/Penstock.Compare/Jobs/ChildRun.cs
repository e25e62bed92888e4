using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Penstock.Compare.Jobs;

/// <summary>
/// A program run to its end: how long it took, and what the process itself used. Servers that it started are not in its processor time, which
/// is read between its exit and its burial; its peak memory is that of the larger of both, which is never an echo server.
/// </summary>
internal sealed unsafe partial record ChildRun(int ExitCode, double Seconds, double CpuSeconds, double PeakRssMb)
{
    private const int ById = 1, Exited = 4, LeaveDead = 0x01000000;
    private const double TicksPerSecond = 100; // USER_HZ, fixed by the kernel's interface

    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    public static ChildRun Run(string program, params ReadOnlySpan<string> arguments)
    {
        var words = new string?[arguments.Length + 2];
        words[0] = program;
        arguments.CopyTo(words.AsSpan(1)!);
        var variables = new List<string?>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables.Add($"{variable.Key}={variable.Value}");
        }

        variables.Add(null);
        var start = Clock.Now;
        var error = posix_spawnp(out var id, program, 0, 0, words, [.. variables]);
        if (error != 0)
        {
            throw new Win32Exception(error);
        }

        var siginfo = stackalloc byte[128];
        while (waitid(ById, id, siginfo, Exited | LeaveDead) != 0)
        {
            // Interrupted by a signal.
        }

        var seconds = (Clock.Now - start) / 1e9;
        var cpu = ReadCpuSeconds(id);
        var usage = stackalloc long[32];
        _ = wait4(id, out var status, 0, usage);
        return new ChildRun((status >> 8) & 0xff, seconds, cpu, usage[4] / 1024.0);
    }

    private static double ReadCpuSeconds(int id)
    {
        // The name, in parentheses, may hold blanks; behind it utime and stime are the 12th and 13th words.
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var words = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(words[11], CultureInfo.InvariantCulture) + long.Parse(words[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawnp(out int id, string file, nint actions, nint attributes, string?[] arguments, string?[] variables);

    [LibraryImport("libc")]
    private static partial int waitid(int kind, int id, byte* siginfo, int options);

    [LibraryImport("libc")]
    private static partial int wait4(int id, out int status, int options, long* usage);
}
