using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Penstock;

/// <summary>Sugar over <see cref="ToolPipeline"/>.</summary>
public static class ToolPipelineExtensions
{
    /// <summary>
    /// Executes one call and reads its answer: <c>structuredContent</c> if the result has it, else the text of its text blocks, as JSON.
    /// </summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="call">The call.</param>
    /// <param name="type">How the answer is read.</param>
    /// <param name="stop">Cancels the call.</param>
    /// <exception cref="ToolCallException">The call ended badly; the exception carries the fault.</exception>
    /// <exception cref="JsonException">The answer is not of this type.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired before the call ended.</exception>
    public static async ValueTask<T?> CallAsync<T>(
        this ToolPipeline pipeline, ToolCall call, JsonTypeInfo<T> type, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(type);
        var result = await pipeline.CallAsync(call, stop).ConfigureAwait(false);
        if (!result.IsSuccess)
        {
            throw new ToolCallException($"{call.Tool}: {result.Fault}: {result.GetText()}", result.Fault);
        }

        using var document = JsonDocument.Parse(result.Content);
        return TryGetStructured(document.RootElement, out var structured)
            ? structured.Deserialize(type)
            : JsonSerializer.Deserialize(Encoding.UTF8.GetBytes(result.GetText()), type);
    }

    private static bool TryGetStructured(JsonElement result, out JsonElement structured)
    {
        try
        {
            return result.TryGetProperty("structuredContent", out structured);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("The answer has a member whose name is no text: half a surrogate pair.", e);
        }
    }
}
