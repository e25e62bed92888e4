namespace Penstock.Cli.Servers;

/// <summary>How this very command is started again, to play mock servers.</summary>
internal static class OwnCommand
{
    /// <summary>A program and its first arguments.</summary>
    public static IReadOnlyList<string> Line { get; } = Find();

    private static string[] Find()
    {
        var program = Environment.ProcessPath ?? "penstock";
        var assembly = Path.Combine(AppContext.BaseDirectory, "Penstock.Cli.dll");
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, assembly] : [program];
    }
}
