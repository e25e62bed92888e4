namespace Penstock;

/// <summary>A typed call ended badly.</summary>
public sealed class ToolCallException : Exception
{
    /// <summary>Creates an exception without a fault.</summary>
    public ToolCallException()
    {
    }

    /// <summary>Creates an exception with a message.</summary>
    public ToolCallException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with a message and its cause.</summary>
    public ToolCallException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal ToolCallException(string message, CallFault fault)
        : base(message) => Fault = fault;

    /// <summary>Why the call ended badly.</summary>
    public CallFault Fault { get; }
}
