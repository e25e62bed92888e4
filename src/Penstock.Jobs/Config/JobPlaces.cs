namespace Penstock.Jobs.Config;

/// <summary>Where the values of a job that was read stand in its files.</summary>
internal sealed class JobPlaces
{
    private readonly string _file;
    private readonly List<ConfigNode> _roots = [];

    private JobPlaces(string file) => _file = file;

    /// <summary>Reads the job's files once more, for places only: their problems are told already.</summary>
    public static JobPlaces Of(Job job, IReadOnlyList<string> overrides)
    {
        var places = new JobPlaces(job.Files[0]);
        var told = new ProblemList();
        foreach (var file in job.Files)
        {
            try
            {
                var text = File.ReadAllText(file);
                var isJson = Path.GetExtension(file).ToLowerInvariant() is ".json" or ".jsonc";
                if (ConfigText.Parse(isJson ? JsonComments.Blank(text) : text, file, told) is { } root)
                {
                    // What the command line says lies over the job's own file only.
                    Overrides.Apply(root, places._roots.Count == 0 ? overrides : [], told);
                    places._roots.Add(root);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone since it was read, or never there, which is told already.
            }
        }

        return places;
    }

    /// <summary>The place of a value; that of the nearest key above it if it is not there.</summary>
    public string Find(params ReadOnlySpan<string> keys)
    {
        var best = _roots.Count > 0 ? _roots[0].Place : _file;
        var depth = 0;
        foreach (var root in _roots)
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

    /// <summary>Under which of the two names the servers stand.</summary>
    public string ServersKey => _roots.Exists(static r => r.Find("servers") is { IsNull: false }) ? "servers" : "mcpServers";

    public bool Has(string key) => _roots is [var root, ..] && root.Find(key) is { IsNull: false };
}
