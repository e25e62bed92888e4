namespace Penstock;

/// <summary>A tool as its server describes it.</summary>
public sealed record ToolDescription
{
    /// <summary>The tool's name, without the server's.</summary>
    public required string Name { get; init; }

    /// <summary>The tool's title for people.</summary>
    public string? Title { get; init; }

    /// <summary>What the tool does.</summary>
    public string? Description { get; init; }

    /// <summary>The JSON Schema of its arguments, byte for byte as the server sent it.</summary>
    public ReadOnlyMemory<byte> InputSchema { get; init; }

    /// <summary>The JSON Schema of its structured result, byte for byte; empty if there is none.</summary>
    public ReadOnlyMemory<byte> OutputSchema { get; init; }

    /// <summary>The server says that the tool changes nothing. Default false.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>The server says that calling twice is the same as once. Default false.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>The tool can only be run as a task, which is not supported: calls of it are refused.</summary>
    public bool RequiresTask { get; init; }

    /// <summary>Whether a call that may have been executed may be sent again.</summary>
    public bool IsSafeToRepeat => IsReadOnly || IsIdempotent;
}
