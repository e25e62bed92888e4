using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Penstock.Jobs.Files;

internal enum FileKind
{
    Pipe = 0x1000,
    CharacterDevice = 0x2000,
    Regular = 0x8000,
    Socket = 0xC000,
}

/// <summary>
/// What the system says lies under a path or a descriptor, links of both kinds seen through: names tell nothing. Two are equal exactly if they
/// are the same file.
/// </summary>
internal readonly partial record struct FileStat(FileKind Kind, ulong Device, ulong Node)
{
    /// <summary>Standard input and output of this process.</summary>
    public const int Input = 0;
    public const int Output = 1;

    private const int WorkingFolder = -100;
    private const int EmptyPath = 0x1000;
    private const uint WantsTypeAndNode = 0x101;

    /// <summary>Of <c>struct statx</c>, which is the same on every architecture: its length, and where mode, node and device are.</summary>
    private const int Length = 256;
    private const int ModeOffset = 28;
    private const int NodeOffset = 32;
    private const int DeviceOffset = 136;
    private const int KindMask = 0xF000;

    /// <summary>Null if there is nothing, or if the system cannot tell.</summary>
    public static FileStat? Of(string path) => path.Length == 0 ? null : Read(WorkingFolder, path, 0);

    /// <inheritdoc cref="Of(string)"/>
    public static FileStat? Of(int descriptor) => Read(descriptor, "", EmptyPath);

    private static FileStat? Read(int folder, string path, int flags)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> stat = stackalloc byte[Length];
        return statx(folder, path, flags, WantsTypeAndNode, stat) != 0
            ? null
            : new FileStat(
                (FileKind)(BinaryPrimitives.ReadUInt16LittleEndian(stat[ModeOffset..]) & KindMask),
                BinaryPrimitives.ReadUInt64LittleEndian(stat[DeviceOffset..]),
                BinaryPrimitives.ReadUInt64LittleEndian(stat[NodeOffset..]));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint wanted, Span<byte> stat);
}
