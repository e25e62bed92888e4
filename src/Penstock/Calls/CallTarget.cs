using Penstock.Memory;

namespace Penstock.Calls;

/// <summary>The tool that a slot is addressed to. Rooms further down derive from it and know more (the server, its request templates).</summary>
internal abstract class CallTarget(string qualifiedName, CellPool cells)
{
    /// <summary>Server and tool, as <c>server/tool</c>.</summary>
    public string QualifiedName { get; } = qualifiedName;

    /// <summary>Where the bytes of this server's calls live.</summary>
    public CellPool Cells { get; } = cells;

    /// <summary>Why no call of this tool can be made, as far as is known now; null if calls can be made.</summary>
    public abstract Refusal? Refusal { get; }

    /// <summary>The longest arguments that may be sent, in bytes.</summary>
    public abstract int MaxArgumentsLength { get; }
}

/// <summary>Why calls of a tool are not sent.</summary>
internal readonly record struct Refusal(FaultType Type, string Message);
