namespace Penstock.Protocol;

/// <summary>The error codes that mean something to this client.</summary>
internal static class ErrorCodes
{
    public const long Parse = -32700;
    public const long InvalidRequest = -32600;
    public const long MethodNotFound = -32601;

    /// <summary>Also an unknown tool, and a cursor that is no longer known.</summary>
    public const long InvalidParams = -32602;

    public const long Internal = -32603;

    /// <summary>Legacy; needs a person and a browser.</summary>
    public const long UrlElicitationRequired = -32042;

    public const long UnsupportedVersion = -32022;
    public const long MissingClientCapability = -32021;
    public const long HeaderMismatch = -32020;

    /// <summary>Legacy.</summary>
    public const long ResourceNotFound = -32002;

    /// <summary>Of some libraries, not of the protocol.</summary>
    public const long Cancelled = -32800;

    /// <summary>The two ends of the codes without a fixed meaning: libraries use them for trouble of their own.</summary>
    public const long FirstServerError = -32019;
    public const long LastServerError = -32000;
}
