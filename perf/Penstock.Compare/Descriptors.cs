using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Penstock.Compare;

/// <summary>Two descriptors of a child process, read and written without ever blocking. Linux.</summary>
internal sealed unsafe partial class Descriptors
{
    private const int SetFlags = 4, GetFlags = 3, NonBlocking = 0x800;
    private const int TryAgain = 11, Interrupted = 4;
    private const short CanRead = 1, CanWrite = 4;
    private readonly int _input;
    private readonly int _output;

    /// <param name="input">Where the child's output is read.</param>
    /// <param name="output">Where the child's input is written.</param>
    public Descriptors(SafeHandle input, SafeHandle output)
    {
        _input = (int)input.DangerousGetHandle();
        _output = (int)output.DangerousGetHandle();
        SetNonBlocking(_input);
        SetNonBlocking(_output);
    }

    /// <summary>Reads what there is: 0 if nothing is there yet.</summary>
    /// <exception cref="EndOfStreamException">The child closed its output.</exception>
    public int Read(Span<byte> into)
    {
        fixed (byte* at = into)
        {
            var n = Transferred(read(_input, at, (nuint)into.Length));
            return n != 0 ? Math.Max(0, n) : throw new EndOfStreamException("The server closed its output.");
        }
    }

    /// <summary>Writes what fits: 0 if nothing does.</summary>
    public int Write(ReadOnlySpan<byte> from)
    {
        fixed (byte* at = from)
        {
            return Math.Max(0, Transferred(write(_output, at, (nuint)from.Length)));
        }
    }

    /// <summary>Blocks until there is something to read or, if asked, room to write.</summary>
    public void Wait(bool orForRoom)
    {
        var files = stackalloc PollFile[2];
        files[0] = new PollFile { File = _input, Events = CanRead };
        files[1] = new PollFile { File = _output, Events = CanWrite };
        _ = poll(files, orForRoom ? 2u : 1u, -1);
    }

    private static int Transferred(nint n)
    {
        if (n >= 0)
        {
            return (int)n;
        }

        var error = Marshal.GetLastPInvokeError();
        return error is TryAgain or Interrupted ? -1 : throw new IOException(new Win32Exception(error).Message);
    }

    private static void SetNonBlocking(int file)
    {
        if (fcntl(file, SetFlags, fcntl(file, GetFlags, 0) | NonBlocking) < 0)
        {
            throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int file, byte* into, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int file, byte* from, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollFile* files, nuint count, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int file, int command, int argument);

    [StructLayout(LayoutKind.Sequential, Size = 8)] // two bytes for what happened follow; nobody asks
    private struct PollFile
    {
        public int File;
        public short Events;
    }
}
