namespace Penstock.Testing;

/// <summary>A call whose tool has run and whose answer is held back.</summary>
public sealed class HeldCall
{
    private readonly PendingReply _reply;
    private readonly HeldCalls _owner;

    internal HeldCall(string tool, string arguments, PendingReply reply, HeldCalls owner)
    {
        Tool = tool;
        Arguments = arguments;
        _reply = reply;
        _owner = owner;
    }

    /// <summary>The tool's name.</summary>
    public string Tool { get; }

    /// <summary>The call's arguments, byte for byte as they came.</summary>
    public string Arguments { get; }

    /// <summary>
    /// Lets the answer go. Nothing happens if it went already, if the call was cancelled, or if its connection has ended.
    /// </summary>
    public void Release()
    {
        _owner.Remove(this);
        _reply.Session.Deliver(_reply);
        _reply.Session.Publish();
    }
}
