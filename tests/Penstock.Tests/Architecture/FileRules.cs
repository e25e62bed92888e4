using System.Text.RegularExpressions;

namespace Penstock.Tests.Architecture;

/// <summary>What may stand together in one file.</summary>
internal static class FileRules
{
    /// <summary>Public types that do not belong to the family of the public type their file is named after.</summary>
    /// <returns>One line for each.</returns>
    public static IEnumerable<string> Strangers(SourceFile file)
    {
        var strangers = file.Types.Where(static t => t.IsPublic).ToList();
        if (strangers.Count == 0)
        {
            return [];
        }

        var family = strangers.Where(t => t.Name == file.Stem).ToList();
        if (family.Count == 0)
        {
            return [$"{file.Name} declares the public {strangers[0].Name}, but no public {file.Stem}"];
        }

        strangers.RemoveAll(family.Contains);
        while (strangers.Find(s => family.Exists(f => Mentions(f, s) || Mentions(s, f))) is { } relative)
        {
            family.Add(relative);
            strangers.Remove(relative);
        }

        return strangers.Select(s => $"{file.Name}: {s.Name} has nothing to do with {file.Stem}; give it a file of its own");
    }

    private static bool Mentions(DeclaredType type, DeclaredType other) => Regex.IsMatch(type.Text, $@"\b{other.Name}\b", RegexOptions.CultureInvariant);
}
