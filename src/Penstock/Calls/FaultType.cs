namespace Penstock;

/// <summary>Why a call ended badly. The list is closed: the names are those of <c>error.type</c> in records and telemetry.</summary>
public enum FaultType : byte
{
    /// <summary>The call succeeded.</summary>
    None,

    /// <summary>The connection could not be made, or broke.</summary>
    Connection,

    /// <summary>No answer within the call's timeout, or its deadline passed.</summary>
    Timeout,

    /// <summary>The server's breaker was open.</summary>
    CircuitOpen,

    /// <summary>The server refused the call for its rate.</summary>
    RateLimited,

    /// <summary>The tool ran and failed, or the server answered with an error of its own application.</summary>
    ToolError,

    /// <summary>The row cannot become a call, or the server refused its arguments.</summary>
    InvalidParams,

    /// <summary>The tool's schema, checked on our side, refused the arguments.</summary>
    SchemaInvalid,

    /// <summary>The server broke the protocol, or demands what this client does not offer.</summary>
    Protocol,

    /// <summary>The server could not serve the call.</summary>
    Unavailable,

    /// <summary>The server's process ended.</summary>
    ServerExited,

    /// <summary>The user stopped the call before it was sent.</summary>
    Cancelled,

    /// <summary>One call larger than its memory account.</summary>
    BudgetExhausted,

    /// <summary>Sent before a crash, answer lost, and not safe to send again. Written by a resumed job only.</summary>
    Indeterminate,
}

/// <summary>Whether the tool may have run.</summary>
public enum Executed : byte
{
    /// <summary>The call never reached the tool: sending it again is always safe.</summary>
    No,

    /// <summary>The call was sent and its answer is unknown.</summary>
    Maybe,

    /// <summary>The tool ran.</summary>
    Yes,
}

/// <summary>Who found the fault.</summary>
public enum FaultOrigin : byte
{
    /// <summary>This client.</summary>
    Local,

    /// <summary>The server, which said so.</summary>
    Peer,
}

/// <summary>The names of fault values as they stand in records and telemetry.</summary>
public static class FaultNames
{
    private static readonly string[] Types =
    [
        "", "connection", "timeout", "circuit_open", "rate_limited", "tool_error", "invalid_params", "schema_invalid", "protocol",
        "unavailable", "server_exited", "cancelled", "budget_exhausted", "indeterminate",
    ];

    private static readonly string[] ExecutedNames = ["no", "maybe", "yes"];

    /// <summary>The fault's name in snake case, for example <c>server_exited</c>; empty for <see cref="FaultType.None"/>.</summary>
    public static string ToName(this FaultType type) => Types[(int)type];

    /// <summary><c>no</c>, <c>maybe</c> or <c>yes</c>.</summary>
    public static string ToName(this Executed executed) => ExecutedNames[(int)executed];

    /// <summary><c>local</c> or <c>peer</c>.</summary>
    public static string ToName(this FaultOrigin origin) => origin == FaultOrigin.Local ? "local" : "peer";
}
