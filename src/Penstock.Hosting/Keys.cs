using System.Collections;
using Microsoft.Extensions.Configuration;

namespace Penstock.Hosting;

/// <summary>The keys that a section may have, and what each sets. Keys of configuration know no case.</summary>
/// <param name="elsewhere">Keys of the section that somebody else reads.</param>
internal sealed class Keys<T>(params string[] elsewhere) : IEnumerable<string>
{
    private readonly Dictionary<string, Action<T, IConfigurationSection, List<string>>> _setters = new(StringComparer.OrdinalIgnoreCase);

    public void Add(string key, Action<T, IConfigurationSection> set) => _setters.Add(key, (options, value, problems) =>
    {
        try
        {
            set(options, value);
        }
        catch (FormatException e)
        {
            problems.Add($"{value.Path} {e.Message}");
        }
        catch (OverflowException)
        {
            problems.Add($"{value.Path} is '{value.Value}'; that is too much.");
        }
    });

    /// <summary>A key that is a section of its own.</summary>
    public void Add<TPart>(string key, Keys<TPart> keys, Func<T, TPart> part) =>
        _setters.Add(key, (options, value, problems) => problems.AddRange(keys.Read(part(options), value)));

    /// <returns>What is wrong with the section, each named by its key.</returns>
    public List<string> Read(T options, IConfiguration section)
    {
        var problems = new List<string>();
        if (ConfigurationValue.IsOneValue(section))
        {
            problems.Add($"{((IConfigurationSection)section).Path} is one value; use a section with {string.Join(", ", this)}.");
        }

        foreach (var child in section.GetChildren())
        {
            if (_setters.TryGetValue(child.Key, out var set))
            {
                set(options, child, problems);
            }
            else if (!elsewhere.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                problems.Add($"{child.Path}: there is no such setting; use one of {string.Join(", ", this)}.");
            }
        }

        return problems;
    }

    public IEnumerator<string> GetEnumerator() => _setters.Keys.Concat(elsewhere).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
