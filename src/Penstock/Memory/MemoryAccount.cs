namespace Penstock.Memory;

// Room Memory: hands out bytes and objects and takes them back. Uses the BCL only. Never touches calls, threads or await.

/// <summary>
/// A count of bytes against a limit. Adding never fails (results always get memory, requests are asked for room first): whoever may
/// wait looks at <see cref="HasRoom"/> before taking more, so an account is overdrawn by at most what was on its way already.
/// </summary>
internal sealed class MemoryAccount(long limit)
{
    private long _used;

    /// <summary>The most bytes that may be held before callers have to wait.</summary>
    public long Limit { get; } = limit;

    /// <summary>Bytes held now.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Whether more may be taken.</summary>
    public bool HasRoom => Used < Limit;

    /// <summary>Called, on the releasing thread, when the account falls from full to having room, or a pool below its share of it.</summary>
    public Action? RoomFreed { get; set; }

    public void Add(long bytes) => Interlocked.Add(ref _used, bytes);

    public void Release(long bytes)
    {
        if (bytes == 0)
        {
            return;
        }

        var used = Interlocked.Add(ref _used, -bytes);
        if (used < Limit && used + bytes >= Limit)
        {
            RoomFreed?.Invoke();
        }
    }
}
