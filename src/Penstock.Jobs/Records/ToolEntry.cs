using System.Runtime.CompilerServices;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Records;

/// <summary>What every record of a tool repeats, encoded once.</summary>
/// <param name="Tool"><c>server/tool</c> as a JSON string.</param>
/// <param name="Server">The server as a JSON string.</param>
/// <param name="Tally">Its counts.</param>
internal sealed record ToolEntry(byte[] Tool, byte[] Server, ToolTally Tally);

/// <summary>Entries by the tool's string instance, since the engine hands back the one it got.</summary>
internal sealed class ToolEntries(JobTally tally)
{
    /// <summary>Past this the cache starts anew, so that memory does not grow with the rows.</summary>
    private const int Capacity = 4096;

    private readonly Dictionary<string, ToolEntry> _entries = new(ReferenceComparer.Instance);
    private string? _lastTool;
    private ToolEntry? _last;

    public ToolEntry Get(string tool)
    {
        if (ReferenceEquals(tool, _lastTool))
        {
            return _last!;
        }

        if (!_entries.TryGetValue(tool, out var entry))
        {
            if (_entries.Count >= Capacity)
            {
                _entries.Clear();
            }

            var slash = tool.IndexOf('/', StringComparison.Ordinal);
            var server = slash < 0 ? tool : tool[..slash];
            entry = new ToolEntry(Encode(tool), Encode(server), tally.Tool(tool, server));
            _entries.Add(tool, entry);
        }

        (_lastTool, _last) = (tool, entry);
        return entry;
    }

    private static byte[] Encode(string text)
    {
        using var buffer = new ByteBuffer(64);
        JsonText.AppendString(buffer, text);
        return buffer.Span.ToArray();
    }

    private sealed class ReferenceComparer : IEqualityComparer<string>
    {
        public static readonly ReferenceComparer Instance = new();

        public bool Equals(string? x, string? y) => ReferenceEquals(x, y);

        public int GetHashCode(string obj) => RuntimeHelpers.GetHashCode(obj);
    }
}
