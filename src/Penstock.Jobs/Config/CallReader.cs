using Penstock.Jobs.Bytes;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Config;

/// <summary>Reads the job file's <c>call</c>.</summary>
internal static class CallReader
{
    public static CallTemplate? Read(MapReader root, JobInput? input, IReadOnlyList<string>? columns, List<JobServer> servers, ProblemList problems)
    {
        if (root.Map("call") is not { } map)
        {
            if (input?.Separator is not null && !root.Has("call"))
            {
                problems.Add(root.Node, "call", "missing, and CSV has no calls of its own; add 'call: { tool: server/tool, arguments: { q: \"{{column}}\" } }'");
            }
            else if (input?.Range is not null && !root.Has("call"))
            {
                problems.Add(root.Node, "call", "missing, and a range has no calls of its own; add 'call: { tool: server/tool, arguments: { n: \"{{n}}\" } }'");
            }

            return null;
        }

        using var templates = new TemplateReader(columns, problems);
        var (tool, constant) = Tool(map, templates, servers, problems);
        var id = map.Scalar("id") is { } idNode ? templates.String(idNode, "call.id") : null;
        JsonTemplate? arguments = null;
        if (map.Get("arguments") is { } node)
        {
            if (node.Kind != ConfigKind.Map && !TemplateReader.IsLone(node))
            {
                problems.Add(node, "call.arguments", "must be a map, or one \"{{column}}\" that holds an object");
            }

            arguments = templates.Value(node, "call.arguments");
        }

        var call = new CallTemplate
        {
            Columns = templates.Columns,
            Tool = constant,
            ToolTemplate = constant is null ? tool : null,
            Id = id,
            Arguments = arguments,
            Timeout = map.Duration("timeout", TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(24)),
        };
        map.End("deadline");
        return call;
    }

    private static (JsonTemplate? Template, string? Constant) Tool(MapReader call, TemplateReader templates, List<JobServer> servers, ProblemList problems)
    {
        if (call.Scalar("tool") is not { } node)
        {
            if (!call.Has("tool"))
            {
                problems.Add(call.Node, "call.tool", "missing; add 'tool: server/tool'");
            }

            return default;
        }

        var template = templates.String(node, "call.tool");
        if (!template.IsConstant)
        {
            return (template, null);
        }

        var slash = node.Text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == node.Text.Length - 1)
        {
            problems.Add(node, "call.tool", $"'{node.Text}' is not a tool; write it as {(servers is [var only] && slash < 0 ? $"{only.Name}/{(node.Text == only.Name ? "tool" : node.Text)}" : "server/tool")}");
        }
        else if (servers.Count > 0 && !servers.Exists(s => s.Name == node.Text[..slash]))
        {
            var name = node.Text[..slash];
            var names = servers.Select(static s => s.Name).ToList();
            problems.Add(node, "call.tool", $"there is no server '{name}'; use {NearestKey.Find(name, names) ?? string.Join(", ", names)}");
        }

        return (template, node.Text);
    }
}
