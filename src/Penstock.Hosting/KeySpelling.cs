using Microsoft.Extensions.Configuration;

namespace Penstock.Hosting;

/// <summary>
/// How names of servers and variables are spelled: they know case, and keys of configuration do not. The first source's spelling holds, so that
/// an overriding one, <c>PENSTOCK__SERVERS__GEO__REPLICAS</c> for example, renames nothing.
/// </summary>
/// <param name="root">The host's configuration; null if it cannot be asked for its sources.</param>
internal sealed class KeySpelling(IConfigurationRoot? root)
{
    /// <summary>The section's own key, as it was first spelled.</summary>
    public string Of(IConfigurationSection section)
    {
        var parent = section.Path.Length > section.Key.Length ? section.Path[..^(section.Key.Length + 1)] : null;
        return root?.Providers
                .SelectMany(p => p.GetChildKeys([], parent))
                .FirstOrDefault(k => string.Equals(k, section.Key, StringComparison.OrdinalIgnoreCase))
            ?? section.Key;
    }
}
