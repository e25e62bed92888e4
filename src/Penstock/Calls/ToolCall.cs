using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Penstock;

/// <summary>One call of a tool, as handed to a pipeline. Its bytes are copied at intake: a source may reuse its buffers after the next move.</summary>
public readonly struct ToolCall
{
    /// <summary>The longest tag, in bytes.</summary>
    public const int MaxTagLength = ushort.MaxValue;

    internal const string TimeoutRange = "use more than 0, Timeout.InfiniteTimeSpan for no limit, or null for the pipeline's CallTimeout";

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

    /// <summary>
    /// The longest wait for an answer, per attempt, in whole milliseconds. More than 0, counted as at least 1 ms; null (default) takes
    /// <see cref="PipelineOptions.CallTimeout"/>, <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> and more than 24 days are no limit. A call of a stream with any other
    /// value ends as <c>invalid_params</c>; a single one throws.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The caller vouches that <see cref="Arguments"/> is one well-formed JSON object, so that it is not checked again.</summary>
    public bool IsValidated { get; init; }

    /// <summary>
    /// Describes a call whose arguments are serialised from <paramref name="arguments"/>. A value that does not become a JSON object (a list, a
    /// number, null) makes a call that ends as <c>invalid_params</c>.
    /// </summary>
    /// <exception cref="ArgumentNullException"><paramref name="tool"/> is null.</exception>
    public static ToolCall Create<T>(string tool, T arguments, JsonTypeInfo<T> type)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(arguments, type);

        // The serialiser writes well-formed JSON, without space in front; of what kind it is, the type alone does not say.
        return new(tool, json) { IsValidated = json is [(byte)'{', ..] };
    }
}
