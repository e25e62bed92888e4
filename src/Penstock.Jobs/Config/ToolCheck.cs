using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Config;

/// <summary>
/// Holds a job's one tool and the arguments of its template against what the tool's server tells of it. Finds only what every row would end
/// with; what is not known, or differs by row, is no problem here.
/// </summary>
internal sealed class ToolCheck(Job job, ProblemList problems)
{
    /// <summary>As many tools are named as the engine names to a row.</summary>
    private const int MostNamed = 20;

    /// <param name="toolsOf">The tools of a server; empty if they are not known: a server that does not list has tools all the same.</param>
    public void Run(Func<JobServer, IReadOnlyList<ToolDescription>> toolsOf)
    {
        if (job.Call?.Tool?.Split('/', 2) is not [var serverName, var name]
            || job.Servers.FirstOrDefault(s => s.Name == serverName) is not { } server
            || toolsOf(server) is not { Count: > 0 } tools)
        {
            return;
        }

        var tool = tools.FirstOrDefault(t => t.Name == name);
        if (tool is null)
        {
            Add($"server '{serverName}' has no tool '{name}'; {Instead(name, [.. tools.Select(static t => t.Name)])}");
        }
        else if (tool.RequiresTask)
        {
            Add($"'{name}' can only be run as a task, which is not supported; use another tool");
        }
        else if (server.ValidateArguments != false)
        {
            new ArgumentsCheck(tool, job.Places, (place, path, message) => problems.Add(place, path, job.Secrets.Redact(message))).Run();
        }
    }

    /// <summary>What there is in place of a name that is not there.</summary>
    internal static string Instead(string name, IReadOnlyList<string> valid)
    {
        var nearest = NearestKey.Find(name, valid);
        var named = string.Join(", ", valid.Take(MostNamed)) + (valid.Count > MostNamed ? $", and {valid.Count - MostNamed} more" : "");
        return (nearest is null ? "it has: " : $"did you mean '{nearest}'? It has: ") + named;
    }

    private void Add(string message) => problems.Add(job.Places.Find("call", "tool"), "call.tool", job.Secrets.Redact(message));
}
