using Microsoft.Extensions.Configuration;

namespace Penstock.Hosting;

/// <summary>
/// How names of servers and variables are spelled: they know case, and keys of configuration do not. The spelling of the source that has the
/// server's command or mock holds, else that of the first, so that an overriding one, <c>PENSTOCK__SERVERS__GEO__REPLICAS</c> for example, renames
/// nothing. The first source alone is not to be trusted: a host's command line comes before its files.
/// </summary>
/// <param name="root">The host's configuration; null if it cannot be asked for its sources.</param>
internal sealed class KeySpelling(IConfigurationRoot? root)
{
    /// <summary>The section's own key, as it was first spelled.</summary>
    public string Of(IConfigurationSection section)
    {
        var parent = section.Path.Length > section.Key.Length ? section.Path[..^(section.Key.Length + 1)] : null;
        var spellings = root?.Providers
            .SelectMany(p => p.GetChildKeys([], parent).Where(k => string.Equals(k, section.Key, StringComparison.OrdinalIgnoreCase)).Take(1).Select(k => (Key: k, IsOwn: Defines(p, section.Path))))
            .ToList() ?? [];
        return spellings.Where(static s => s.IsOwn).Concat(spellings).Select(static s => s.Key).FirstOrDefault(section.Key);
    }

    /// <summary>Whether a source says what the server is, and not only more of it.</summary>
    private static bool Defines(IConfigurationProvider provider, string path)
    {
        var keys = provider.GetChildKeys([], path);
        return keys.Contains("Command", StringComparer.OrdinalIgnoreCase) || keys.Contains("Mock", StringComparer.OrdinalIgnoreCase);
    }
}
