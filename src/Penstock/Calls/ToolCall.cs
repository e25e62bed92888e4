using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Penstock;

/// <summary>One call of a tool, as handed to a pipeline. Its bytes are copied at intake: a source may reuse its buffers after the next move.</summary>
public readonly struct ToolCall
{
    /// <summary>The longest tag, in bytes.</summary>
    public const int MaxTagLength = ushort.MaxValue;

    /// <summary>Describes a call.</summary>
    /// <param name="tool">Server and tool, as <c>server/tool</c>. Passing the same string instance again is the fastest.</param>
    /// <param name="arguments">The arguments, one JSON object in UTF-8; empty means <c>{}</c>. They are sent as they are.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tool"/> is null.</exception>
    public ToolCall(string tool, ReadOnlyMemory<byte> arguments)
    {
        ArgumentNullException.ThrowIfNull(tool);
        Tool = tool;
        Arguments = arguments;
    }

    /// <summary>Server and tool, as <c>server/tool</c>.</summary>
    public string Tool { get; }

    /// <summary>The arguments, one JSON object in UTF-8; empty means <c>{}</c>.</summary>
    public ReadOnlyMemory<byte> Arguments { get; init; }

    /// <summary>Bytes of the caller's own, at most <see cref="MaxTagLength"/>, that come back with the result. Never sent.</summary>
    public ReadOnlyMemory<byte> Tag { get; init; }

    /// <summary>The longest wait for an answer, per attempt, in whole milliseconds. Null takes <see cref="PipelineOptions.CallTimeout"/>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The caller vouches that <see cref="Arguments"/> is one well-formed JSON object, so that it is not checked again.</summary>
    public bool IsValidated { get; init; }

    /// <summary>Describes a call whose arguments are serialised from <paramref name="arguments"/>.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="tool"/> is null.</exception>
    public static ToolCall Create<T>(string tool, T arguments, JsonTypeInfo<T> type) =>
        new(tool, JsonSerializer.SerializeToUtf8Bytes(arguments, type)) { IsValidated = true };
}
