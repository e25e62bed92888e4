namespace Penstock.Jobs.Config;

/// <summary>The nodes of a job's files, and so where its values stand.</summary>
/// <param name="file">The job's own file.</param>
/// <param name="roots">The nodes of that, with what the command line lays over it, and of the file of servers.</param>
internal sealed class JobPlaces(string file, IReadOnlyList<ConfigNode> roots)
{
    /// <summary>Under which of the two names the servers stand.</summary>
    public string ServersKey => roots.Any(static r => r.Find("servers") is { IsNull: false }) ? "servers" : "mcpServers";

    public bool Has(string key) => Node(key) is not null;

    /// <summary>A value of the job's own file; null if it is not there, or is null.</summary>
    public ConfigNode? Node(params ReadOnlySpan<string> keys)
    {
        var node = roots.Count > 0 ? roots[0] : null;
        foreach (var key in keys)
        {
            node = node?.Find(key);
        }

        return node is { IsNull: false } ? node : null;
    }

    /// <summary>The place of a value; that of the nearest key above it if it is not there.</summary>
    public string Find(params ReadOnlySpan<string> keys)
    {
        var best = roots.Count > 0 ? roots[0].Place : file;
        var depth = 0;
        foreach (var root in keys is ["servers" or "mcpServers", ..] ? roots : roots.Take(1))
        {
            var node = root;
            for (var i = 0; i < keys.Length && node.Find(keys[i]) is { } next; i++)
            {
                node = next;
                if (i + 1 > depth)
                {
                    (best, depth) = (node.Place, i + 1);
                }
            }
        }

        return best;
    }
}
