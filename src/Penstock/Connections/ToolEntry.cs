using Penstock.Calls;
using Penstock.Memory;
using Penstock.Protocol;

namespace Penstock.Connections;

/// <summary>A tool as a connection sees it: the bytes around the arguments, encoded once per era.</summary>
internal abstract class ToolEntry(string qualifiedName, string toolName, CellPool cells) : CallTarget(qualifiedName, cells)
{
    private readonly ToolCallTemplate _legacy = new(toolName, ProtocolEra.Legacy);
    private readonly ToolCallTemplate _modern = new(toolName, ProtocolEra.Modern);
    private volatile ArgumentSchema? _schema;

    public string ToolName { get; } = toolName;

    /// <summary>Bytes of a request beyond its arguments, at most.</summary>
    public int Overhead => _modern.MaxLength(0);

    /// <summary>What is checked of the arguments; null = nothing.</summary>
    public ArgumentSchema? Schema => _schema;

    /// <inheritdoc cref="ToolCallTemplate.CanName"/>
    public static bool CanName(ReadOnlySpan<char> tool) => ToolCallTemplate.CanName(tool);

    public ToolCallTemplate Template(ProtocolEra era) => era == ProtocolEra.Modern ? _modern : _legacy;

    /// <summary>Takes over what the server says of the arguments; empty = nothing.</summary>
    protected void SetSchema(ReadOnlyMemory<byte> schema) => _schema = schema.IsEmpty ? null : ArgumentSchema.Compile(schema.Span);
}
