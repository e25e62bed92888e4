namespace Penstock.Jobs.Files;

/// <summary>
/// Tells files from what only looks like one: a character device, a pipe or a socket. The system is asked, since names tell nothing:
/// <c>/dev/shm/out.jsonl</c> is a file, and a pipe may lie anywhere.
/// </summary>
internal static class SpecialFile
{
    /// <summary>Whether there is such a thing under this path, links followed. False if there is nothing.</summary>
    public static bool Is(string path) => OperatingSystem.IsLinux()
        ? FileStat.Of(path) is { Kind: FileKind.Pipe or FileKind.CharacterDevice or FileKind.Socket }
        : Path.Exists(path) && (File.GetAttributes(path) & FileAttributes.Device) != 0;
}
