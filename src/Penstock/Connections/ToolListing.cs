using Penstock.Protocol;

namespace Penstock.Connections;

/// <summary>What a server lists.</summary>
/// <param name="Tools">The tools.</param>
/// <param name="Flaw">Why there may be more of them, in words; null if the list is complete.</param>
internal sealed record ToolList(IReadOnlyList<ToolDescription> Tools, string? Flaw);

/// <summary>Lists a server's tools, page by page.</summary>
internal static class ToolListing
{
    /// <summary>A server with more pages than this is going in circles.</summary>
    private const int MaxPages = 1000;

    /// <param name="connection">The server.</param>
    /// <param name="skipped">Told why a tool is left out.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <returns>The tools; null if the server offers no listing.</returns>
    /// <exception cref="IOException">The connection was lost.</exception>
    /// <exception cref="NegotiationException">The answer is no list.</exception>
    public static async Task<ToolList?> ReadAsync(StreamConnection connection, Action<string> skipped, CancellationToken stop)
    {
        var tools = new Dictionary<string, ToolDescription>(StringComparer.Ordinal);
        var cursors = new HashSet<string>(StringComparer.Ordinal);
        string? cursor = null;
        var restarted = false;
        string? flaw = null;
        for (var page = 0; page < MaxPages; page++)
        {
            var asked = cursor;
            var reply = await connection.RequestAsync(id => ControlMessages.ToolsList(id, connection.Era, asked), stop).ConfigureAwait(false);
            if (reply.IsError)
            {
                if (asked is null)
                {
                    return null;
                }

                if (restarted || !JsonRpcReader.TryReadError(reply.Json, out var code, out _) || code != ErrorCodes.InvalidParams)
                {
                    flaw = "the server refused to list the next page of its tools";
                    break;
                }

                // A cursor that is refused has grown stale: once more from the start.
                restarted = true;
                cursor = null;
                cursors.Clear();
                continue;
            }

            if (ToolListPage.Read(reply.Json) is not { } listed)
            {
                throw new NegotiationException("the server's answer to tools/list is no list of tools");
            }

            foreach (var reason in listed.Skipped)
            {
                skipped(reason);
            }

            foreach (var tool in listed.Tools)
            {
                tools[tool.Name] = tool;
            }

            cursor = listed.NextCursor;
            if (cursor is null || !cursors.Add(cursor))
            {
                break;
            }
        }

        return new ToolList([.. tools.Values], flaw);
    }
}
