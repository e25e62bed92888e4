using System.Runtime.InteropServices;

namespace Penstock.Jobs.Files;

/// <summary>What this process may do with a file or folder. It cannot be asked elsewhere than on Linux: there the attempt tells.</summary>
internal static partial class Permissions
{
    private const int Execute = 1;
    private const int Write = 2;
    private const int Read = 4;

    public static bool MayExecute(string path) => May(path, Execute);

    public static bool MayRead(string path) => May(path, Read);

    /// <summary>Why a file cannot be written, or created where it is not there, with the remedy; null if nothing speaks against it.</summary>
    public static string? WhyNotWritable(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        var isThere = File.Exists(path);
        return May(isThere ? path : folder, Write) ? null : $"may not be written; change the permissions of {(isThere ? "the file" : folder)}, or give another path";
    }

    private static bool May(string path, int mode) => !OperatingSystem.IsLinux() || access(path, mode) == 0;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int access(string path, int mode);
}
