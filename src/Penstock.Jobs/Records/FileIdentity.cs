using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Penstock.Jobs.Records;

/// <summary>Which file a path or a descriptor leads to, links of both kinds seen through. Two are equal exactly if writing the one changes the other.</summary>
internal readonly partial record struct FileIdentity(ulong Device, ulong Node)
{
    /// <summary>Standard input and output of this process.</summary>
    public const int Input = 0;
    public const int Output = 1;

    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const uint KindAndNode = 0x101;

    /// <summary>Of <c>struct statx</c>, which is the same on every processor: its length, and where its kind, node and device are.</summary>
    private const int Length = 256;
    private const int KindAt = 28;
    private const int NodeAt = 32;
    private const int DeviceAt = 136;

    private const int KindMask = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>Null if there is no such file, if it is none that keeps what is written (a device, a pipe), or if the system cannot tell.</summary>
    public static FileIdentity? Of(string path) => Read(CurrentFolder, path, 0);

    /// <inheritdoc cref="Of(string)"/>
    public static FileIdentity? Of(int descriptor) => Read(descriptor, "", EmptyPath);

    private static FileIdentity? Read(int folder, string path, int flags)
    {
        // Elsewhere names alone are compared.
        if (!OperatingSystem.IsLinux() || (path.Length == 0 && flags == 0))
        {
            return null;
        }

        Span<byte> stat = stackalloc byte[Length];
        if (statx(folder, path, flags, KindAndNode, stat) != 0 || (BinaryPrimitives.ReadUInt16LittleEndian(stat[KindAt..]) & KindMask) != RegularFile)
        {
            return null;
        }

        return new FileIdentity(BinaryPrimitives.ReadUInt64LittleEndian(stat[DeviceAt..]), BinaryPrimitives.ReadUInt64LittleEndian(stat[NodeAt..]));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint wanted, Span<byte> stat);
}
