namespace Penstock.Memory;

/// <summary>
/// Objects lent and taken back, at most <paramref name="capacity"/> of them kept. Leasing never waits: what bounds the number of objects
/// out is the intake, which waits for room before it leases.
/// </summary>
internal sealed class BoundedPool<T>(Func<T> create, int capacity)
    where T : class
{
    private readonly Lock _gate = new();
    private readonly T?[] _kept = new T?[capacity];
    private int _count;
    private int _leased;

    /// <summary>Objects out at this moment.</summary>
    public int Leased => Volatile.Read(ref _leased);

    public T Lease()
    {
        lock (_gate)
        {
            _leased++;
            if (_count > 0)
            {
                var item = _kept[--_count]!;
                _kept[_count] = null;
                return item;
            }
        }

        return create();
    }

    /// <summary>Takes an object back. The caller has reset it and keeps no reference.</summary>
    public void Return(T item)
    {
        lock (_gate)
        {
            _leased--;
            if (_count < _kept.Length)
            {
                _kept[_count++] = item;
            }
        }
    }
}
