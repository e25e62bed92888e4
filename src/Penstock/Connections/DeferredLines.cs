namespace Penstock.Connections;

/// <summary>
/// Lines of the connection's own that wait until a blocked writer is free. A peer decides how many there are, by asking and not reading, so
/// both their number and their bytes are bounded. Guarded by the connection's write lock.
/// </summary>
internal sealed class DeferredLines
{
    /// <summary>A peer that lets more lines wait does not read at all: an honest one is some pings behind.</summary>
    public const int MaxLines = 1024;

    /// <inheritdoc cref="MaxLines"/>
    public const int MaxBytes = 1 << 20;

    private readonly List<byte[]> _lines = [];
    private int _bytes;

    public int Count => _lines.Count;

    /// <summary>Keeps a line that the peer waits for. False: the peer lets too many wait.</summary>
    public bool TryAdd(byte[] line) => TryAdd(line, MaxLines, MaxBytes);

    /// <summary>
    /// Keeps a line that nobody waits for, or drops it. Notices fill no more than half of the room: calls that ran out of time must not be
    /// what makes a peer's next ping one too many.
    /// </summary>
    public void AddNotice(byte[] line) => TryAdd(line, MaxLines / 2, MaxBytes / 2);

    /// <summary>Hands the lines out, oldest first, and forgets them.</summary>
    public IReadOnlyList<byte[]> Take()
    {
        byte[][] taken = [.. _lines];
        _lines.Clear();
        _bytes = 0;
        return taken;
    }

    private bool TryAdd(byte[] line, int maxLines, int maxBytes)
    {
        if (_lines.Count >= maxLines || line.Length > maxBytes - _bytes)
        {
            return false;
        }

        _lines.Add(line);
        _bytes += line.Length;
        return true;
    }
}
