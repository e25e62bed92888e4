using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Penstock.Jobs.Files;

/// <summary>
/// Keeps a long output out of the page cache: what lies behind the writer is written back early, and its pages are used again for what
/// comes. Else a job of many gigabytes fills the memory of its machine or container with pages that nobody reads, and every new one of them
/// costs more than the row on it. Only advice: what the system does not do is no fault.
/// </summary>
/// <param name="start">Starts to write back from an offset on so many bytes.</param>
/// <param name="drop">Drops the pages of so many bytes from an offset on, if they are written back.</param>
internal sealed partial class WriteBehind(Action<long, long> start, Action<long, long> drop)
{
    /// <summary>Written back in pieces of so many bytes.</summary>
    public const long Piece = 16 << 20;

    /// <summary>So many bytes stay in memory: a shorter output stays there as a whole, for whoever reads it next.</summary>
    public const long Kept = 256 << 20;

    /// <summary>So far back is looked for pages that were not written back in time.</summary>
    public const long Reach = 256 << 20;

    private const int StartWriting = 2; // SYNC_FILE_RANGE_WRITE
    private const int DontNeed = 4; // POSIX_FADV_DONTNEED, on all architectures but s390

    private long _started;

    /// <summary>Null where the system takes no such advice.</summary>
    public static WriteBehind? Of(SafeFileHandle file) => OperatingSystem.IsLinux() && Environment.Is64BitProcess
        ? new WriteBehind((offset, length) => _ = sync_file_range(file, offset, length, StartWriting), (offset, length) => _ = posix_fadvise(file, offset, length, DontNeed))
        : null;

    /// <summary>Called after a write, with the length of what is written.</summary>
    public void Advance(long written)
    {
        if (written - _started < Piece)
        {
            return;
        }

        start(_started, written - _started);
        _started = written;
        var end = written - Kept;
        if (end > 0)
        {
            var from = Math.Max(0, end - Reach);
            drop(from, end - from);
        }
    }

    [LibraryImport("libc")]
    private static partial int sync_file_range(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc")]
    private static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);
}
