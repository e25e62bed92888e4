using System.Text.RegularExpressions;

namespace Penstock.Tests.Architecture;

/// <summary>The checkout that the tests were built from, found by walking up to the solution.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    /// <summary>A path as it is written in messages: from the root, with slashes.</summary>
    public static string Short(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>Source files under some folders of the root, in a fixed order, without what builds leave behind.</summary>
    public static IReadOnlyList<SourceFile> Sources(params ReadOnlySpan<string> folders)
    {
        var files = new List<SourceFile>();
        foreach (var folder in folders)
        {
            var path = PathOf(folder.Split('/'));
            files.AddRange(Directory.EnumerateFiles(path, "*.cs", SearchOption.AllDirectories).Select(SourceFile.Read));
        }

        files.RemoveAll(static f => f.Folders.Any(static p => p is "bin" or "obj"));
        files.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return files;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("These tests read the sources: run them from inside the repository.");
    }
}

/// <summary>One source file and the types that it declares outermost.</summary>
/// <param name="Name">The path from the root, with slashes.</param>
/// <param name="Lines">Its text.</param>
/// <param name="Types">In the order in which they stand there.</param>
internal sealed partial record SourceFile(string Name, IReadOnlyList<string> Lines, IReadOnlyList<DeclaredType> Types)
{
    /// <summary>The folders from the root down.</summary>
    public IReadOnlyList<string> Folders => Name.Split('/')[..^1];

    /// <summary>The file's name up to the first dot: parts of a type are told apart after it.</summary>
    public string Stem => Name.Split('/')[^1].Split('.')[0];

    public static SourceFile Read(string path) => Parse(Repository.Short(path), File.ReadAllLines(path));

    /// <summary>Outermost types stand at the left margin, since namespaces are file-scoped and the formatter holds the indentation.</summary>
    public static SourceFile Parse(string name, IReadOnlyList<string> lines)
    {
        var space = lines.Select(static l => Namespace().Match(l)).FirstOrDefault(static m => m.Success)?.Groups[1].Value ?? "";
        var starts = lines.Select((line, index) => (Match: Declaration().Match(line), index)).Where(static s => s.Match.Success).ToList();
        var types = new List<DeclaredType>();
        for (var i = 0; i < starts.Count; i++)
        {
            var (match, start) = starts[i];
            var end = i + 1 < starts.Count ? starts[i + 1].index : lines.Count;
            types.Add(new DeclaredType(
                $"{space}.{match.Groups["name"].Value}",
                match.Groups["name"].Value,
                match.Groups["kind"].Value,
                match.Groups["modifiers"].Value.Contains("public", StringComparison.Ordinal),
                string.Join('\n', lines.Skip(start).Take(end - start).Where(static l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)))));
        }

        return new SourceFile(name, lines, types);
    }

    [GeneratedRegex(@"^namespace ([\w.]+);")]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^(?<modifiers>(?:(?:public|internal|file|static|abstract|sealed|partial|readonly|ref|unsafe) )*)(?:(?<kind>record struct|record|class|struct|interface|enum) (?<name>\w+)|(?<kind>delegate) [^(]*?(?<name>\w+)(?:<[^(]*>)?\()")]
    private static partial Regex Declaration();
}

/// <summary>A type as its source declares it.</summary>
/// <param name="FullName">With its namespace, without type parameters.</param>
/// <param name="Name">The bare name.</param>
/// <param name="Kind">The C# keyword.</param>
/// <param name="IsPublic">Whether it says so.</param>
/// <param name="Text">Its declaration, without comments.</param>
internal sealed record DeclaredType(string FullName, string Name, string Kind, bool IsPublic, string Text);
