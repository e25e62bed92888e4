using System.Buffers.Text;
using System.IO.Enumeration;

namespace Penstock.Connections.Stdio;

/// <summary>Reads /proc. Processes come and go meanwhile and others may not be looked into: neither is an error. One thread at a time.</summary>
internal sealed class ProcessTable
{
    // More than the kernel lets an environment grow to by default.
    private const int MaxEnvironmentBytes = 8 << 20;

    private byte[] _buffer = new byte[16 << 10];

    /// <summary>The numbers of all processes.</summary>
    internal static IEnumerable<int> Ids() =>
        new FileSystemEnumerable<int>("/proc", static (ref entry) => int.Parse(entry.FileName, System.Globalization.CultureInfo.InvariantCulture))
        {
            ShouldIncludePredicate = static (ref entry) =>
                entry.FileName.Length is > 0 and < 10 && entry.FileName.IndexOfAnyExceptInRange('0', '9') < 0,
        };

    /// <summary>Group and session of a process that is alive; a zombie is not.</summary>
    internal bool TryGetSession(int pid, out int group, out int session)
    {
        // pid (name) state parent group session …; the name may hold anything, parentheses and spaces too.
        group = session = 0;
        var stat = Read($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf((byte)')') + 1)..];
        if (fields.Length < 3 || fields[1] is (byte)'Z' or (byte)'X')
        {
            return false;
        }

        var rest = fields[3..];
        return TryParseNumber(ref rest, out _) && TryParseNumber(ref rest, out group) && TryParseNumber(ref rest, out session);
    }

    /// <summary>The number that follows a prefix anywhere in the environment that a process was started with.</summary>
    internal bool TryFindMark(int pid, ReadOnlySpan<byte> prefix, out long number)
    {
        number = 0;
        var environment = Read($"/proc/{pid}/environ");
        var at = environment.IndexOf(prefix);
        return at >= 0 && Utf8Parser.TryParse(environment[(at + prefix.Length)..], out number, out _);
    }

    private static bool TryParseNumber(ref ReadOnlySpan<byte> text, out int number)
    {
        if (!Utf8Parser.TryParse(text, out number, out var length) || length >= text.Length)
        {
            return false;
        }

        text = text[(length + 1)..];
        return true;
    }

    private ReadOnlySpan<byte> Read(string path)
    {
        using var file = Descriptor.TryOpen(path, Native.O_RDONLY);
        if (file is null)
        {
            return default;
        }

        var length = 0;
        while (true)
        {
            var count = file.Read(_buffer.AsSpan(length));
            if (count <= 0)
            {
                return _buffer.AsSpan(0, length);
            }

            length += count;
            if (length == _buffer.Length)
            {
                if (length >= MaxEnvironmentBytes)
                {
                    return _buffer;
                }

                Array.Resize(ref _buffer, length * 2);
            }
        }
    }
}
