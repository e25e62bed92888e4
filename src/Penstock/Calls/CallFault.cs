namespace Penstock;

/// <summary>Why a call ended badly, whether its tool may have run, and who says so. The default value means success.</summary>
public readonly struct CallFault(FaultType type, Executed executed, FaultOrigin origin, bool retryable) : IEquatable<CallFault>
{
    /// <summary>The cause.</summary>
    public FaultType Type { get; } = type;

    /// <summary>Whether the tool may have run.</summary>
    public Executed Executed { get; } = executed;

    /// <summary>Who found the fault.</summary>
    public FaultOrigin Origin { get; } = origin;

    /// <summary>Whether sending the same call again may help.</summary>
    public bool Retryable { get; } = retryable;

    /// <summary>Whether the connection or the server's process was lost, or could not be had.</summary>
    public bool IsConnectionError => Type is FaultType.Connection or FaultType.ServerExited;

    /// <summary>Whether time ran out.</summary>
    public bool IsTimeout => Type == FaultType.Timeout;

    /// <summary>Whether the server's breaker refused the call.</summary>
    public bool IsCircuitOpen => Type == FaultType.CircuitOpen;

    /// <summary>Every member is a value of its enumeration: what is counted or named by it can be relied on.</summary>
    internal bool IsDefined => Type <= FaultType.Indeterminate && Executed <= Executed.Yes && Origin <= FaultOrigin.Peer;

    /// <summary>Compares two faults member by member.</summary>
    public static bool operator ==(CallFault left, CallFault right) => left.Equals(right);

    /// <summary>Compares two faults member by member.</summary>
    public static bool operator !=(CallFault left, CallFault right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(CallFault other) =>
        Type == other.Type && Executed == other.Executed && Origin == other.Origin && Retryable == other.Retryable;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CallFault other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Executed, Origin, Retryable);

    /// <inheritdoc/>
    public override string ToString() => Type == FaultType.None ? "ok" : $"{Type.ToName()} (executed: {Executed.ToName()})";

    internal static CallFault Local(FaultType type, Executed executed, bool retryable = false) =>
        new(type, executed, FaultOrigin.Local, retryable);

    internal static CallFault Peer(FaultType type, Executed executed, bool retryable = false) =>
        new(type, executed, FaultOrigin.Peer, retryable);
}
