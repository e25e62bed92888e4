using System.ComponentModel;
using System.Diagnostics;

namespace Penstock.Compare;

/// <summary>The echo server in C, built by this program from the source beside it, whenever that is newer.</summary>
internal static class NativeServer
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "native");

    /// <summary>The path of the built server.</summary>
    /// <exception cref="InvalidOperationException">There is no C compiler, or it refused; the message says what to do.</exception>
    public static async Task<string> BuildAsync(CancellationToken stop)
    {
        var source = Path.Combine(Folder, "echo-server.c");
        var program = Path.Combine(Folder, "echo-server");
        if (File.Exists(program) && File.GetLastWriteTimeUtc(program) >= File.GetLastWriteTimeUtc(source))
        {
            return program;
        }

        try
        {
            var start = new ProcessStartInfo("cc", ["-O2", "-Wall", "-o", program, source]) { RedirectStandardError = true };
            using var compiler = Process.Start(start)!;
            var errors = await compiler.StandardError.ReadToEndAsync(stop);
            await compiler.WaitForExitAsync(stop);
            return compiler.ExitCode == 0 ? program : throw new InvalidOperationException($"cc could not build {source}:\n{errors}");
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException(
                "There is no C compiler (cc) to build the echo server with. Install one, for example with 'apt-get install gcc libc6-dev', or name another server with --server.");
        }
    }
}
