namespace Penstock.Cli.Help;

/// <summary>The pages of the guide that tell of the command, as they lie in the source: whoever has the command alone reads them in it.</summary>
internal static class GuidePages
{
    private const string Prefix = "guide/";

    /// <summary>Their names, for <c>penstock help NAME</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(GuidePages).Assembly.GetManifestResourceNames().Where(static n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(static n => n[Prefix.Length..]).Order(StringComparer.Ordinal),
    ];

    /// <param name="name">One of <see cref="Names"/>.</param>
    public static string Read(string name)
    {
        using var page = new StreamReader(typeof(GuidePages).Assembly.GetManifestResourceStream(Prefix + name)!);
        return page.ReadToEnd();
    }
}
