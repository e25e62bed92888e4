using System.Text;

namespace Penstock.Testing;

/// <summary>The answers of a server that are held back. Thread-safe.</summary>
internal sealed class HeldCalls
{
    private readonly Lock _lock = new();
    private readonly List<HeldCall> _calls = [];
    private readonly WaitableCount _count = new();
    private volatile bool _isHolding;

    public bool IsHolding => _isHolding;

    public HeldCall[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _calls];
        }
    }

    public void Hold() => _isHolding = true;

    public bool TryHold(MockTool tool, ReadOnlySpan<byte> arguments, PendingReply reply)
    {
        lock (_lock)
        {
            if (!_isHolding)
            {
                return false;
            }

            _calls.Add(new HeldCall(tool.Name, Encoding.UTF8.GetString(arguments), reply, this));
        }

        _count.Add(1);
        return true;
    }

    public void ReleaseAll()
    {
        lock (_lock)
        {
            _isHolding = false;
        }

        foreach (var call in Snapshot())
        {
            call.Release();
        }
    }

    public void Remove(HeldCall call)
    {
        lock (_lock)
        {
            if (!_calls.Remove(call))
            {
                return;
            }
        }

        _count.Add(-1);
    }

    public Task WaitForAsync(int count, CancellationToken stop) => _count.WaitForAsync(count, stop);
}
