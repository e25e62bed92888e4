using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Penstock.Jobs.Records;

/// <summary>
/// Tells files from what only looks like one: a character device, a pipe or a socket. The system is asked, since names tell nothing:
/// <c>/dev/shm/out.jsonl</c> is a file, and a pipe may lie anywhere.
/// </summary>
internal static partial class SpecialFile
{
    private const int WorkingDirectory = -100;
    private const uint WantsType = 1;

    /// <summary>Of <c>struct statx</c>, which is the same on every architecture; the mode is its 16 bits at byte 28.</summary>
    private const int StatLength = 256;
    private const int ModeOffset = 28;

    private const int TypeMask = 0xF000;
    private const int Pipe = 0x1000;
    private const int CharacterDevice = 0x2000;
    private const int Socket = 0xC000;

    /// <summary>Whether there is such a thing under this path, links followed. False if there is nothing.</summary>
    public static bool Is(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Path.Exists(path) && (File.GetAttributes(path) & FileAttributes.Device) != 0;
        }

        Span<byte> stat = stackalloc byte[StatLength];
        return statx(WorkingDirectory, path, 0, WantsType, stat) == 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(stat[ModeOffset..]) & TypeMask) is Pipe or CharacterDevice or Socket;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint wanted, Span<byte> stat);
}
