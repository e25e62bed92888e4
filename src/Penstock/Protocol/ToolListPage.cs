using System.Globalization;
using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>One page of a server's tools.</summary>
internal sealed class ToolListPage
{
    private ToolListPage(IReadOnlyList<ToolDescription> tools, IReadOnlyList<string> skipped, string? nextCursor)
    {
        Tools = tools;
        Skipped = skipped;
        NextCursor = nextCursor;
    }

    /// <summary>The usable tools, in the server's order. That names are unique is for the reader of all pages to see to.</summary>
    public IReadOnlyList<ToolDescription> Tools { get; }

    /// <summary>Why entries were left out, one sentence each: one bad tool does not take the others with it.</summary>
    public IReadOnlyList<string> Skipped { get; }

    /// <summary>What the next page is asked with; null on the last page. An empty string is a cursor.</summary>
    public string? NextCursor { get; }

    /// <summary>Reads a result object; null if it is no tool list, or its cursor cannot be sent back.</summary>
    public static ToolListPage? Read(ReadOnlySpan<byte> result)
    {
        using var document = ReplyDocument.ParseObject(result);
        if (document is null
            || !ReplyDocument.TryGet(document.RootElement, "tools", out var entries) || entries.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        string? cursor = null;
        if (ReplyDocument.TryGet(document.RootElement, "nextCursor", out var next) && next.ValueKind != JsonValueKind.Null
            && !ReplyDocument.TryGetText(next, out cursor))
        {
            return null;
        }

        var tools = new List<ToolDescription>(entries.GetArrayLength());
        var skipped = new List<string>();
        var index = 0;
        foreach (var entry in entries.EnumerateArray())
        {
            var reason = TryReadTool(entry, out var tool);
            if (reason is null)
            {
                tools.Add(tool!);
            }
            else
            {
                skipped.Add(string.Create(CultureInfo.InvariantCulture, $"tools[{index}] {reason}"));
            }

            index++;
        }

        return new ToolListPage(tools, skipped, cursor);
    }

    // Returns why the entry is not usable, or null.
    private static string? TryReadTool(JsonElement entry, out ToolDescription? tool)
    {
        tool = null;
        if (entry.ValueKind != JsonValueKind.Object)
        {
            return "is no object";
        }

        if (!ReplyDocument.TryGetText(entry, "name", out var name) || name.Length == 0)
        {
            return "has no name";
        }

        if (!ReplyDocument.TryGetObject(entry, "inputSchema", out var inputSchema))
        {
            return $"({name}) has no inputSchema object";
        }

        ReplyDocument.TryGetObject(entry, "annotations", out var annotations);
        ReplyDocument.TryGetObject(entry, "execution", out var execution);
        tool = new ToolDescription
        {
            Name = name,
            Title = ReplyDocument.GetText(entry, "title") ?? ReplyDocument.GetText(annotations, "title"),
            Description = ReplyDocument.GetText(entry, "description"),
            InputSchema = ReplyDocument.GetBytes(inputSchema),
            OutputSchema = ReplyDocument.TryGetObject(entry, "outputSchema", out var outputSchema)
                ? ReplyDocument.GetBytes(outputSchema)
                : default,
            IsReadOnly = ReplyDocument.IsTrue(annotations, "readOnlyHint"),
            IsIdempotent = ReplyDocument.IsTrue(annotations, "idempotentHint"),
            RequiresTask = ReplyDocument.GetText(execution, "taskSupport") == "required",
        };
        return null;
    }
}
