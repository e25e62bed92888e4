using Penstock.Calls;
using Penstock.Connections;

namespace Penstock.Servers;

/// <summary>A tool of a server, listed or not (yet). One object per name for the server's whole life, so that slots can hold it.</summary>
internal sealed class ServerTool(Server server, string toolName)
    : ToolEntry($"{server.Name}/{toolName}", toolName, server.Cells)
{
    private volatile ToolDescription? _description;

    public Server Server => server;

    /// <summary>What the server says of it; null while it is not listed.</summary>
    public ToolDescription? Description
    {
        get => _description;
        set
        {
            // The schema first: whoever sees that the tool is listed takes the schema for the listed one.
            SetSchema(value is null || !server.Options.ValidateArguments ? default : value.InputSchema);
            _description = value;
        }
    }

    public override Refusal? Refusal
    {
        get
        {
            if (server.IsStopped)
            {
                return new Refusal(FaultType.Cancelled, $"server '{server.Name}' was removed");
            }

            var description = _description;
            if (description is { RequiresTask: false })
            {
                return null;
            }

            return description is not null || server.Tools is not null ? Explain(description) : null;
        }
    }

    public override int MaxArgumentsLength => server.Options.MaxRequestBytes - Overhead;

    private Refusal Explain(ToolDescription? description) => new(
        FaultType.InvalidParams,
        description is not null
            ? $"tool '{QualifiedName}' can only be run as a task, which is not supported"
            : $"server '{server.Name}' has no tool '{ToolName}'; it has: {string.Join(", ", server.Tools!.Take(20).Select(static t => t.Name))}");
}
